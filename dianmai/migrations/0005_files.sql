-- Uploaded files: what is known of each, and which streams hold it. The bytes lie in the object store under the id.

CREATE TABLE file (
    id           text PRIMARY KEY,
    uploader     bigint NOT NULL REFERENCES actor,
    name         text NOT NULL,
    kind         text NOT NULL CHECK (kind IN ('picture', 'file')),
    media_type   text NOT NULL,
    size         bigint NOT NULL,
    width        integer,
    height       integer,
    sha256       bytea NOT NULL,
    uploaded_at  timestamptz NOT NULL DEFAULT now()
);
-- Counts a person's uploads of the last hour.
CREATE INDEX file_uploader ON file (uploader, uploaded_at);

-- Whoever hears a stream may read the files it holds.
CREATE TABLE file_holding (
    file    text NOT NULL REFERENCES file,
    stream  text NOT NULL,
    PRIMARY KEY (file, stream)
);
