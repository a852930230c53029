-- Must-read notices: the notice, its recipients and the company as both were in the moment of publishing.

CREATE TABLE notice (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    publisher     bigint NOT NULL REFERENCES actor,
    title         text NOT NULL,
    text          text NOT NULL,
    preview       text NOT NULL,
    must_confirm  boolean NOT NULL,
    urgency       text NOT NULL CHECK (urgency IN ('normal', 'urgent')),
    deadline      timestamptz,
    files         text NOT NULL,
    recipients    integer NOT NULL CHECK (recipients > 0),
    published_at  timestamptz NOT NULL
);
CREATE INDEX notice_publisher ON notice (publisher, id DESC);

-- How far the recipients are, cumulative. Its row is also the lock under which states move: one flush at a time.
CREATE TABLE notice_counts (
    notice     bigint PRIMARY KEY REFERENCES notice,
    delivered  integer NOT NULL DEFAULT 0,
    read       integer NOT NULL DEFAULT 0,
    confirmed  integer NOT NULL DEFAULT 0
) WITH (fillfactor = 20);

-- The units of the recipients and all units above them, frozen. Counts are of a unit's own recipients only: a board
-- sums them over a subtree, and a receipt moves one row instead of one on every level.
CREATE TABLE notice_unit (
    notice      bigint NOT NULL REFERENCES notice,
    unit        bigint NOT NULL,
    kind        text NOT NULL,
    name        text NOT NULL,
    time_zone   text NOT NULL,
    line        bigint[] NOT NULL,  -- from the top down to the unit itself
    store       bigint,             -- the store it is or belongs to
    recipients  integer NOT NULL DEFAULT 0,
    delivered   integer NOT NULL DEFAULT 0,
    read        integer NOT NULL DEFAULT 0,
    confirmed   integer NOT NULL DEFAULT 0,
    PRIMARY KEY (notice, unit)
) WITH (fillfactor = 60);
CREATE INDEX notice_unit_reached ON notice_unit (unit, notice DESC);

-- state: 0 queued, 1 delivered, 2 read, 3 confirmed; owes: the state at which the recipient is done.
-- Each state keeps the server's time, the session it came from, and the device's own clock. Without foreign keys: one
-- statement writes all rows of a notice beside the notice itself, and checking 5,000 people one by one took half its time.
CREATE TABLE notice_recipient (
    notice               bigint NOT NULL,
    person               bigint NOT NULL,
    name                 text NOT NULL,
    unit                 bigint NOT NULL,
    position             text NOT NULL,
    title                text NOT NULL,
    owes                 smallint NOT NULL,
    state                smallint NOT NULL DEFAULT 0 CHECK (state BETWEEN 0 AND 3),
    left_at              timestamptz,
    delivered_at         timestamptz,
    delivered_by         bigint,
    delivered_device_at  bigint,
    read_at              timestamptz,
    read_by              bigint,
    read_device_at       bigint,
    confirmed_at         timestamptz,
    confirmed_by         bigint,
    confirmed_device_at  bigint,
    PRIMARY KEY (notice, person),
    CHECK ((state >= 1) = (delivered_at IS NOT NULL)),
    CHECK ((state >= 2) = (read_at IS NOT NULL)),
    CHECK ((state >= 3) = (confirmed_at IS NOT NULL))
) WITH (fillfactor = 60);
CREATE INDEX notice_recipient_person ON notice_recipient (person, notice DESC);
CREATE INDEX notice_recipient_owed ON notice_recipient (person, notice DESC) WHERE state < owes;
CREATE INDEX notice_recipient_left ON notice_recipient (person) WHERE left_at IS NOT NULL;
CREATE INDEX notice_recipient_unit ON notice_recipient (notice, unit);

-- The last time the missing below a unit were asked again; unit 0 is the whole notice.
CREATE TABLE notice_chase (
    notice  bigint NOT NULL REFERENCES notice,
    unit    bigint NOT NULL,
    at      timestamptz NOT NULL,
    PRIMARY KEY (notice, unit)
);
