-- How a person keeps a conversation in their own list. `hidden_no`: out of it until something comes after this `no`.
ALTER TABLE member ADD COLUMN pinned boolean NOT NULL DEFAULT false;
ALTER TABLE member ADD COLUMN hidden_no bigint NOT NULL DEFAULT -1;
