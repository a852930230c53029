-- When somebody wants to be left alone: from a minute of the day to another, on the days it begins (1 is Monday).
CREATE TABLE quiet_hours (
    actor         bigint PRIMARY KEY REFERENCES actor,
    active        boolean NOT NULL,
    from_minute   smallint NOT NULL CHECK (from_minute BETWEEN 0 AND 1439),
    until_minute  smallint NOT NULL CHECK (until_minute BETWEEN 0 AND 1439),
    days          smallint[] NOT NULL
);
