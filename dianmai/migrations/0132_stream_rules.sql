-- What the feature that owns a stream has decided on who writes there, in its own words; empty: every member. Whoever
-- changes it moves the members' epoch, so that no decision that rests on what it was is committed.
ALTER TABLE stream ADD COLUMN rules text NOT NULL DEFAULT '';
