-- Shared devices: a till is an actor of its own, holds several people, and has at most one session alive.

-- The shared device a session was opened on; null on one's own phone. `idle`: each use moves `expires_at` this far.
ALTER TABLE credential ADD COLUMN device bigint REFERENCES actor;
ALTER TABLE credential ADD COLUMN idle interval;
CREATE INDEX credential_device ON credential (device) WHERE device IS NOT NULL AND ended_at IS NULL;

CREATE TABLE device (
    id             bigint PRIMARY KEY REFERENCES actor,
    name           text NOT NULL,
    unit           bigint NOT NULL REFERENCES unit,
    registered_at  timestamptz NOT NULL DEFAULT now(),
    ended_at       timestamptz
);
CREATE INDEX device_unit ON device (unit) WHERE ended_at IS NULL;

-- Who may switch back with the password alone. Void when the person's access epoch has moved since.
CREATE TABLE held_person (
    device        bigint NOT NULL REFERENCES device,
    person        bigint NOT NULL REFERENCES person,
    epoch         integer NOT NULL,
    last_used_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (device, person)
);
