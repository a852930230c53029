-- Streams that do not last (a notice is done with some day) stand behind those that do in people's lists.
ALTER TABLE stream ADD COLUMN lasting boolean NOT NULL DEFAULT true;
UPDATE stream SET lasting = false WHERE stream LIKE 'notice:%';

-- Each notice has a timer that takes it off the lists of those who are done with it.
INSERT INTO job (kind, key, due) SELECT 'notices.unlist', id::text, published_at + interval '7 days' FROM notice;
