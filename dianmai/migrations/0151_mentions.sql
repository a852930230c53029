-- Who was mentioned where, for people's own lists: a row a person, one with actor 0 for a message that calls everybody.
-- Messages without a mention have none. `id` is the order of the list.
CREATE TABLE mention (
    actor   bigint NOT NULL,
    stream  text NOT NULL,
    no      bigint NOT NULL,
    seq     bigint NOT NULL,
    author  bigint NOT NULL,
    id      bigint GENERATED ALWAYS AS IDENTITY,
    PRIMARY KEY (actor, stream, no)
);
CREATE INDEX mention_of ON mention (actor, id);
-- Those of a message that is edited or taken back.
CREATE INDEX mention_in ON mention (stream, seq);
