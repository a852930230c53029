-- Conversations: what a chat stream is called and whom it is for, and its messages folded for pages and search.

CREATE SEQUENCE conversation_number;

CREATE TABLE conversation (
    stream      text PRIMARY KEY DEFAULT 'chat:' || nextval('conversation_number'),
    kind        text NOT NULL CHECK (kind IN ('direct', 'group')),
    -- Current members. Only the operation that opens a pair and the follower of managed groups change who is in.
    members     integer NOT NULL DEFAULT 0,
    created_at  timestamptz NOT NULL DEFAULT now(),
    -- direct: the pair, smaller id first (twice the same id: notes to oneself), and who opened it
    low         bigint,
    high        bigint,
    opened_by   bigint,
    -- managed group: what it was made from, the unit its rule rests on, and the audience it follows
    key         text UNIQUE,
    unit        bigint,
    rule        jsonb,
    title_zh    text,
    title_en    text,
    closed_at   timestamptz,
    FOREIGN KEY (stream) REFERENCES stream DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT conversation_pair UNIQUE (low, high),
    CHECK (CASE kind
        WHEN 'direct' THEN low <= high AND opened_by IN (low, high) AND key IS NULL
        ELSE low IS NULL AND high IS NULL AND key IS NOT NULL AND rule IS NOT NULL
            AND title_zh IS NOT NULL AND title_en IS NOT NULL END)
);
-- Which groups a change in a unit may concern.
CREATE INDEX conversation_unit ON conversation (unit) WHERE kind = 'group';

-- One row a message, as pages show it. Its `no` is gapless per stream: the primary key is the index of paging.
CREATE TABLE chat_message (
    stream  text NOT NULL,
    no      bigint NOT NULL,
    seq     bigint NOT NULL,
    author  bigint NOT NULL,
    at      timestamptz NOT NULL,
    nonce   text NOT NULL,
    body    bytea NOT NULL,
    PRIMARY KEY (stream, no)
);
