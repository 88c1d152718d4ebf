-- Registration in the cabinet: who was sent to the provider of identities, who came back, and the account that they get.

-- One visit to the provider. id: SHA-256 of the `state` that goes there and comes back. browser_hash: which browser was sent; state: what
-- the client wants back.
CREATE TABLE auth_requests (
    id           BYTEA PRIMARY KEY,
    browser_hash BYTEA NOT NULL,
    client_id    UUID NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    redirect_uri TEXT NOT NULL,
    scope        TEXT NOT NULL,
    state        TEXT,
    inserted_at  TIMESTAMPTZ NOT NULL,
    expires_at   TIMESTAMPTZ NOT NULL,
    used_at      TIMESTAMPTZ
);
CREATE INDEX auth_requests_expires_at ON auth_requests (expires_at);

-- Who the provider says somebody is. user_id: their account without a person, where there was one. calls: how often a registration was tried
-- since calls_began_at. When those that were there before were made is not known: they get the latest time that it can have been.
CREATE TABLE new_user_requests (
    id             UUID PRIMARY KEY,
    tax_id         TEXT NOT NULL,
    first_name     TEXT NOT NULL,
    last_name      TEXT NOT NULL,
    second_name    TEXT,
    email          TEXT,
    user_id        UUID,
    client_id      UUID NOT NULL,
    redirect_uri   TEXT NOT NULL,
    scope          TEXT NOT NULL,
    inserted_at    TIMESTAMPTZ NOT NULL,
    expires_at     TIMESTAMPTZ NOT NULL,
    consumed_at    TIMESTAMPTZ,
    calls          INT NOT NULL DEFAULT 0,
    calls_began_at TIMESTAMPTZ
);
INSERT INTO new_user_requests (id, tax_id, first_name, last_name, second_name, email, client_id, redirect_uri, scope, inserted_at, expires_at, consumed_at)
    SELECT id, tax_id, first_name, last_name, second_name, lower(email), client_id, redirect_uri, scope, expires_at, expires_at, used_at FROM user_requests;
DROP TABLE user_requests;
ALTER TABLE new_user_requests RENAME TO user_requests;
CREATE INDEX user_requests_expires_at ON user_requests (expires_at);

-- password_hash is a PHC string of Argon2id. E-mail addresses are kept in small letters and belong to one active user.
ALTER TABLE users ADD COLUMN password_hash TEXT;
ALTER TABLE users ADD COLUMN password_set_at TIMESTAMPTZ;
UPDATE users SET email = lower(email) WHERE email IS NOT NULL;
CREATE UNIQUE INDEX users_email ON users (email) WHERE is_active AND email IS NOT NULL;
CREATE INDEX tokens_user ON tokens (user_id);

-- The last passwords of a user, so that none is taken again at once.
CREATE TABLE password_history (
    id            UUID PRIMARY KEY,
    user_id       UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    password_hash TEXT NOT NULL,
    inserted_at   TIMESTAMPTZ NOT NULL
);
CREATE INDEX password_history_user ON password_history (user_id, inserted_at);

CREATE TABLE authentication_factors (
    id          UUID PRIMARY KEY,
    user_id     UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    type        TEXT NOT NULL CHECK (type IN ('SMS')),
    factor      TEXT NOT NULL,
    is_active   BOOLEAN NOT NULL,
    inserted_at TIMESTAMPTZ NOT NULL,
    updated_at  TIMESTAMPTZ NOT NULL,
    UNIQUE (user_id, type)
);

CREATE TABLE global_user_roles (
    user_id     UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    role_id     UUID NOT NULL,
    inserted_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (user_id, role_id)
);

-- What came of registrations: those that succeeded, and those of which the data were not the provider's.
CREATE TABLE cabinet_registrations (
    id              UUID PRIMARY KEY,
    user_request_id UUID NOT NULL,
    status          INT NOT NULL,
    reason          TEXT,
    person_id       UUID,
    user_id         UUID,
    inserted_at     TIMESTAMPTZ NOT NULL
);
CREATE INDEX cabinet_registrations_inserted_at ON cabinet_registrations (inserted_at);

-- What the person agreed to; not known of those who were registered otherwise.
ALTER TABLE persons ADD COLUMN patient_signed BOOLEAN;
ALTER TABLE persons ADD COLUMN process_disclosure_data_consent BOOLEAN;
