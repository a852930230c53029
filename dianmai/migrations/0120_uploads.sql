-- Large files come in parts: how far each has come. What has come lies below the directory of the files until it is whole.
CREATE TABLE upload (
    id          text PRIMARY KEY,
    uploader    bigint NOT NULL REFERENCES actor,
    nonce       text NOT NULL,
    ask         bytea NOT NULL,
    size        bigint NOT NULL,
    got         bigint NOT NULL DEFAULT 0,
    file        text,
    begun_at    timestamptz NOT NULL DEFAULT now(),
    touched_at  timestamptz NOT NULL DEFAULT now(),
    -- Begun twice under one nonce, it is one upload.
    UNIQUE (uploader, nonce)
);
-- What has not been touched for days is removed.
CREATE INDEX upload_touched ON upload (touched_at);
-- What is unfinished counts for its uploader's quota, and for the room on the disk.
CREATE INDEX upload_unfinished ON upload (uploader) WHERE file IS NULL;

-- What a screen needs to know of a film or a voice before it is played, and the pictures that belong to a file.
ALTER TABLE file ADD COLUMN duration_ms integer;
ALTER TABLE file ADD COLUMN wave text;
ALTER TABLE file ADD COLUMN poster text;
ALTER TABLE file ADD COLUMN original text;
ALTER TABLE file DROP CONSTRAINT file_kind_check;
ALTER TABLE file ADD CONSTRAINT file_kind_check CHECK (kind IN ('picture', 'file', 'video', 'voice')) NOT VALID;

-- The files of a conversation, the newest first, by kind. The version before holds nothing but pictures in conversations.
ALTER TABLE file_holding ADD COLUMN kind text NOT NULL DEFAULT 'picture';
-- Held by several entries of one stream: `seq` is the last of them, these are the others.
ALTER TABLE file_holding ADD COLUMN also bigint[] NOT NULL DEFAULT '{}';
