-- Registration in the cabinet: who was sent to the provider of identities, who came back, and the account that they get.

-- One visit to the provider. id: SHA-256 of the `state` that goes there and comes back. browser_hash: which browser was sent; state: what
-- the client wants back.
CREATE TABLE auth_requests (
    id           BLOB PRIMARY KEY,
    browser_hash BLOB NOT NULL,
    client_id    BLOB NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    redirect_uri TEXT NOT NULL,
    scope        TEXT NOT NULL,
    state        TEXT,
    inserted_at  TEXT NOT NULL,
    expires_at   TEXT NOT NULL,
    used_at      TEXT
) STRICT;
CREATE INDEX auth_requests_expires_at ON auth_requests (expires_at);

-- Who the provider says somebody is. user_id: their account without a person, where there was one. calls: how often a registration was tried
-- since calls_began_at. When those that were there before were made is not known: they get the latest time that it can have been.
CREATE TABLE new_user_requests (
    id             BLOB PRIMARY KEY,
    tax_id         TEXT NOT NULL,
    first_name     TEXT NOT NULL,
    last_name      TEXT NOT NULL,
    second_name    TEXT,
    email          TEXT,
    user_id        BLOB,
    client_id      BLOB NOT NULL,
    redirect_uri   TEXT NOT NULL,
    scope          TEXT NOT NULL,
    inserted_at    TEXT NOT NULL,
    expires_at     TEXT NOT NULL,
    consumed_at    TEXT,
    calls          INTEGER NOT NULL DEFAULT 0,
    calls_began_at TEXT
) STRICT;
INSERT INTO new_user_requests (id, tax_id, first_name, last_name, second_name, email, client_id, redirect_uri, scope, inserted_at, expires_at, consumed_at)
    SELECT id, tax_id, first_name, last_name, second_name, lower(email), client_id, redirect_uri, scope, expires_at, expires_at, used_at FROM user_requests;
DROP TABLE user_requests;
ALTER TABLE new_user_requests RENAME TO user_requests;
CREATE INDEX user_requests_expires_at ON user_requests (expires_at);

-- password_hash is a PHC string of Argon2id. E-mail addresses are kept in small letters and belong to one active user.
ALTER TABLE users ADD COLUMN password_hash TEXT;
ALTER TABLE users ADD COLUMN password_set_at TEXT;
UPDATE users SET email = lower(email) WHERE email IS NOT NULL;
CREATE UNIQUE INDEX users_email ON users (email) WHERE is_active = true AND email IS NOT NULL;
CREATE INDEX tokens_user ON tokens (user_id);

-- The last passwords of a user, so that none is taken again at once.
CREATE TABLE password_history (
    id            BLOB PRIMARY KEY,
    user_id       BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    password_hash TEXT NOT NULL,
    inserted_at   TEXT NOT NULL
) STRICT;
CREATE INDEX password_history_user ON password_history (user_id, inserted_at);

CREATE TABLE authentication_factors (
    id          BLOB PRIMARY KEY,
    user_id     BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    type        TEXT NOT NULL CHECK (type IN ('SMS')),
    factor      TEXT NOT NULL,
    is_active   INTEGER NOT NULL CHECK (is_active IN (0, 1)),
    inserted_at TEXT NOT NULL,
    updated_at  TEXT NOT NULL,
    UNIQUE (user_id, type)
) STRICT;

CREATE TABLE global_user_roles (
    user_id     BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    role_id     BLOB NOT NULL,
    inserted_at TEXT NOT NULL,
    PRIMARY KEY (user_id, role_id)
) STRICT;

-- What came of registrations: those that succeeded, and those of which the data were not the provider's.
CREATE TABLE cabinet_registrations (
    id              BLOB PRIMARY KEY,
    user_request_id BLOB NOT NULL,
    status          INTEGER NOT NULL,
    reason          TEXT,
    person_id       BLOB,
    user_id         BLOB,
    inserted_at     TEXT NOT NULL
) STRICT;
CREATE INDEX cabinet_registrations_inserted_at ON cabinet_registrations (inserted_at);

-- What the person agreed to; not known of those who were registered otherwise.
ALTER TABLE persons ADD COLUMN patient_signed INTEGER CHECK (patient_signed IN (0, 1));
ALTER TABLE persons ADD COLUMN process_disclosure_data_consent INTEGER CHECK (process_disclosure_data_consent IN (0, 1));
