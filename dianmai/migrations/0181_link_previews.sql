-- What stands behind the first link of a message.
ALTER TABLE message_now ADD COLUMN preview jsonb;

-- What the server has found behind an address, for as long as it is asked no more: nothing (NULL) is an answer too.
CREATE TABLE link_preview (
    digest      bytea PRIMARY KEY,  -- of the address
    found       bytea,
    fetched_at  timestamptz NOT NULL
);
-- What is too old is removed.
CREATE INDEX link_preview_fetched ON link_preview (fetched_at);

-- Messages that wait for what is being fetched. `cause`: the entry that brought the link.
CREATE TABLE link_preview_wanted (
    digest  bytea NOT NULL,
    stream  text NOT NULL,
    seq     bigint NOT NULL,
    cause   bigint NOT NULL,
    PRIMARY KEY (digest, stream, seq)
);

-- What was said before previews were known is not looked behind.
INSERT INTO follower (name, lane, pos) SELECT 'link_previews', lane, pos FROM lane;
