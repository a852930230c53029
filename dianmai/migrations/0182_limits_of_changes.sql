-- How often a message was edited, and how often somebody took a reaction to it away: both have a limit.
ALTER TABLE message_now ADD COLUMN edits integer NOT NULL DEFAULT 0;
CREATE TABLE reaction_undone (
    stream  text NOT NULL,
    seq     bigint NOT NULL,
    actor   bigint NOT NULL,
    times   integer NOT NULL,
    PRIMARY KEY (stream, seq, actor)
);
