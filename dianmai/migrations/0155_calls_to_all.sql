-- The calls to all of a conversation in the order of people's lists.
CREATE INDEX mention_to_all ON mention (stream, id) WHERE actor = 0;
