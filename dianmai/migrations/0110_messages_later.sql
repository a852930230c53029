-- What becomes of a message after it was said. The messages themselves stand in `entry`, with the body they have now.

-- One row only for messages that were changed, reacted to or pinned. Written in the transaction of the later entry.
CREATE TABLE message_now (
    stream     text NOT NULL,
    seq        bigint NOT NULL,
    changed    bigint NOT NULL,  -- seq of the last later entry
    edited     bigint,           -- seq of the entry it has its text from; all edits before are sealed
    recalled   boolean NOT NULL DEFAULT false,
    reactions  jsonb NOT NULL DEFAULT '[]',  -- [{"emoji", "count", "people": the first of them}]
    pinned_by  bigint,
    pinned_at  timestamptz,
    PRIMARY KEY (stream, seq)
);
-- What is pinned in a conversation, the newest first.
CREATE INDEX message_now_pinned ON message_now (stream, pinned_at) WHERE pinned_at IS NOT NULL;

-- Who reacted to which message how.
CREATE TABLE reaction (
    stream  text NOT NULL,
    seq     bigint NOT NULL,
    emoji   text NOT NULL,
    actor   bigint NOT NULL,
    at      timestamptz NOT NULL,
    PRIMARY KEY (stream, seq, emoji, actor)
);
-- The first of those who reacted so.
CREATE INDEX reaction_first ON reaction (stream, seq, emoji, at, actor);

-- Bodies as they were appended, of entries that show another one now: edited or recalled. Only the audit reads them;
-- the hashes in `entry` are of these.
CREATE TABLE sealed_entry (
    stream     text NOT NULL,
    seq        bigint NOT NULL,
    body       bytea NOT NULL,
    sealed_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (stream, seq)
);
