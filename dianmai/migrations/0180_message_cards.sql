-- Cards in messages: the card itself stands in the message's body, what was pressed since stands here.
ALTER TABLE message_now ADD COLUMN card jsonb;  -- {"settled": {"button", "person", "at"}, "counts": {button: {"count", "people"}}}

-- Who has pressed which button. `settles`: it decided the card.
CREATE TABLE card_press (
    stream   text NOT NULL,
    seq      bigint NOT NULL,
    actor    bigint NOT NULL,
    button   text NOT NULL,
    at       timestamptz NOT NULL,
    settles  boolean NOT NULL,
    PRIMARY KEY (stream, seq, actor, button)
);
-- A card is decided once, whoever presses at the same time.
CREATE UNIQUE INDEX card_press_settles ON card_press (stream, seq) WHERE settles;
-- The first of those who pressed so.
CREATE INDEX card_press_first ON card_press (stream, seq, button, at, actor);
