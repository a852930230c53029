-- What a company decides for itself, each by name; what was never decided has its default in the program.
CREATE TABLE policy (
    name    text PRIMARY KEY,
    value   text NOT NULL,
    set_by  bigint NOT NULL REFERENCES actor,
    set_at  timestamptz NOT NULL DEFAULT now()
);

-- `administer`: the groups below a unit; over the whole company, also its policies.
ALTER TABLE position DROP CONSTRAINT position_rights_check;
ALTER TABLE position ADD CONSTRAINT position_rights_check
    CHECK (rights <@ ARRAY['publish', 'see_board', 'issue_codes', 'import', 'administer']) NOT VALID;
UPDATE position SET rights = rights || '{administer}' WHERE code IN
    ('general_manager', 'hq_operations', 'region_manager', 'city_manager', 'area_manager', 'store_manager');
