-- What search finds: one row for each message, file and notice that says something, written by a follower.

-- The conversation stands among the words, so that permission narrows inside the index. `plain` is title and text as
-- they are compared; NULL where that is `text` itself.
CREATE TABLE found (
    stream  text NOT NULL,
    seq     bigint NOT NULL,
    file    text NOT NULL DEFAULT '',
    kind    text NOT NULL CHECK (kind IN ('message', 'file', 'notice')),
    no      bigint,
    at      timestamptz(3) NOT NULL,
    author  bigint NOT NULL,
    title   text NOT NULL DEFAULT '',
    text    text NOT NULL DEFAULT '',
    plain   text,
    about   bytea,  -- of a file: the reference its entry holds
    words   tsvector NOT NULL,
    PRIMARY KEY (stream, seq, file),
    CHECK ((kind = 'file') = (file <> '') AND (kind = 'file') = (about IS NOT NULL))
);
-- New words wait in a list that is taken in when it is full; every search reads it, so it must stay short.
CREATE INDEX found_words ON found USING gin (words) WITH (fastupdate = on, gin_pending_list_limit = 512);
CREATE INDEX found_file ON found (file) WHERE file <> '';

-- What files say, read once however many conversations hold them. Empty: nothing that could be read.
CREATE TABLE file_text (
    file     text PRIMARY KEY,
    text     text NOT NULL,
    read_at  timestamptz NOT NULL DEFAULT now()
);
