-- How often members of a lane's streams have changed, and each stream's last one: what has moved since is found without
-- an entry to tell of it.
-- Streams before lanes, as everybody takes them.
LOCK TABLE stream, lane IN ACCESS EXCLUSIVE MODE;
ALTER TABLE lane ADD COLUMN moves bigint NOT NULL DEFAULT 0;
ALTER TABLE stream ADD COLUMN moved_no bigint NOT NULL DEFAULT 0;
