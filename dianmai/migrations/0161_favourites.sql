-- What people keep of what was said to them: the place alone. What stands there is read when it is looked at, by who may.
CREATE TABLE favourite (
    id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    actor   bigint NOT NULL REFERENCES actor,
    stream  text NOT NULL,
    seq     bigint NOT NULL,
    at      timestamptz NOT NULL DEFAULT now(),
    UNIQUE (actor, stream, seq)
);
-- A person's list, the newest first.
CREATE INDEX favourite_newest ON favourite (actor, id);
