-- Accounts: passwords, activation codes, and how often somebody has tried.

CREATE TABLE account (
    person           bigint PRIMARY KEY REFERENCES person,
    password_hash    text NOT NULL,
    password_set_at  timestamptz NOT NULL DEFAULT now(),
    loopback_only    boolean NOT NULL DEFAULT false  -- demonstration accounts: their passwords are printed
);

-- One code a person; redeeming deletes it. Void when the person's access epoch has moved since.
CREATE TABLE activation (
    person      bigint PRIMARY KEY REFERENCES person,
    code_hash   bytea NOT NULL,
    epoch       integer NOT NULL,
    expires_at  timestamptz NOT NULL,
    issued_by   bigint NOT NULL REFERENCES actor,
    issued_at   timestamptz NOT NULL DEFAULT now()
);

-- The last tries under one key (an account, an address), oldest first: enough to know when the next is allowed, on any
-- node and after any restart.
CREATE TABLE sign_in_tries (
    key    text PRIMARY KEY,
    tries  timestamptz[] NOT NULL,
    last   timestamptz NOT NULL
);
CREATE INDEX sign_in_tries_last ON sign_in_tries (last);
