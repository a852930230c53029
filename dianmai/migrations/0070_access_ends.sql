-- How often access has ended: the same in every lane, moved with all lanes held. A commit that finds the number it knows
-- need not ask again which credentials are alive.
ALTER TABLE lane ADD COLUMN ends bigint NOT NULL DEFAULT 0;
