-- What people have begun to write and not sent, for their other devices. It is nobody else's, and never in the journal:
-- what was not said is no evidence. An empty text remembers when the last one was given up.
CREATE TABLE draft (
    actor    bigint NOT NULL REFERENCES actor,
    stream   text NOT NULL,
    text     text NOT NULL,
    at       timestamptz NOT NULL,   -- when it was written, by the device
    PRIMARY KEY (actor, stream)
);
