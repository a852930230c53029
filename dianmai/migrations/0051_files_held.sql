-- Which entry holds a file: who may not see the entry may not read the file.
ALTER TABLE file_holding ADD COLUMN seq bigint NOT NULL DEFAULT 1;
UPDATE file_holding h SET seq = shown.seq
FROM (
  SELECT m.stream, p.value ->> 'id' AS file, max(m.seq) AS seq
  FROM chat_message m, jsonb_array_elements(convert_from(m.body, 'UTF8')::jsonb -> 'pictures') AS p
  WHERE position('"pictures":['::bytea IN m.body) > 0 GROUP BY 1, 2) AS shown
WHERE h.stream = shown.stream AND h.file = shown.file;
ALTER TABLE file_holding ALTER COLUMN seq DROP DEFAULT;

-- What nothing holds is counted against its uploader, and removed after a day.
ALTER TABLE file ADD COLUMN held boolean NOT NULL DEFAULT false;
UPDATE file f SET held = true WHERE EXISTS (SELECT FROM file_holding h WHERE h.file = f.id);
CREATE INDEX file_unheld ON file (uploaded_at) WHERE NOT held;
CREATE INDEX file_unheld_uploader ON file (uploader) WHERE NOT held;
INSERT INTO job (kind, key, due) VALUES ('files.tidy', 'unheld', now());
