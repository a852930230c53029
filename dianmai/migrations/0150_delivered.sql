-- How far a person's devices have stored a direct conversation, as they say; what was read counts as stored anyway.
ALTER TABLE member ADD COLUMN got_no bigint NOT NULL DEFAULT 0;
