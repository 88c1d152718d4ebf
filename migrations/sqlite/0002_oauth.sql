-- Clients and what they were given. Secrets, api keys and tokens are here as hashes only.

CREATE TABLE legal_entities (
    id     BLOB PRIMARY KEY,
    type   TEXT NOT NULL,
    name   TEXT NOT NULL,
    edrpou TEXT
) STRICT;

CREATE TABLE clients (
    id                  BLOB PRIMARY KEY,
    name                TEXT NOT NULL,
    client_type         TEXT NOT NULL CHECK (client_type IN ('PIS', 'TRUSTED_PIS', 'MIS', 'CABINET')),
    secret_hash         BLOB,
    api_key_hash        BLOB UNIQUE,
    redirect_uris       TEXT NOT NULL CHECK (json_valid(redirect_uris)),
    redirect_uri_match  TEXT NOT NULL CHECK (redirect_uri_match IN ('exact', 'prefix')),
    scopes              TEXT NOT NULL,
    allowed_grant_types TEXT NOT NULL CHECK (json_valid(allowed_grant_types)),
    is_blocked          INTEGER NOT NULL CHECK (is_blocked IN (0, 1)),
    legal_entity_id     BLOB REFERENCES legal_entities (id),
    inserted_at         TEXT NOT NULL,
    updated_at          TEXT NOT NULL
) STRICT;

-- Sentences for scopes beyond those of locales/.
CREATE TABLE scopes (
    name      TEXT PRIMARY KEY,
    uk        TEXT NOT NULL,
    en        TEXT NOT NULL,
    sensitive INTEGER NOT NULL CHECK (sensitive IN (0, 1))
) STRICT;

CREATE TABLE users (
    id          BLOB PRIMARY KEY,
    tax_id      TEXT,
    email       TEXT,
    person_id   BLOB REFERENCES persons (id),
    is_active   INTEGER NOT NULL CHECK (is_active IN (0, 1)),
    is_blocked  INTEGER NOT NULL CHECK (is_blocked IN (0, 1)),
    inserted_at TEXT NOT NULL,
    updated_at  TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX users_person ON users (person_id) WHERE is_active = true AND person_id IS NOT NULL;
CREATE INDEX users_tax_id ON users (tax_id) WHERE tax_id IS NOT NULL;

-- What a person allowed a client. actor_user_id is who acts under it: the user, or the confidant for them.
CREATE TABLE approvals (
    id            BLOB PRIMARY KEY,
    user_id       BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    client_id     BLOB NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    actor_user_id BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    scope         TEXT NOT NULL,
    inserted_at   TEXT NOT NULL,
    updated_at    TEXT NOT NULL,
    UNIQUE (user_id, client_id, actor_user_id)
) STRICT;

-- Access tokens, refresh tokens and authorization codes.
-- parent_id: the code that gave the token, or the refresh token that gave the access token.
CREATE TABLE tokens (
    id                  BLOB PRIMARY KEY,
    name                TEXT NOT NULL CHECK (name IN ('access_token', 'refresh_token', 'authorization_code')),
    value_hash          BLOB NOT NULL UNIQUE,
    user_id             BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    applicant_user_id   BLOB REFERENCES users (id) ON DELETE CASCADE,
    applicant_person_id BLOB REFERENCES persons (id) ON DELETE CASCADE,
    client_id           BLOB NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    approval_id         BLOB,
    parent_id           BLOB,
    scope               TEXT NOT NULL,
    grant_type          TEXT NOT NULL,
    redirect_uri        TEXT,
    inserted_at         TEXT NOT NULL,
    expires_at          TEXT NOT NULL,
    used_at             TEXT
) STRICT;
CREATE INDEX tokens_parent ON tokens (parent_id) WHERE parent_id IS NOT NULL;
CREATE INDEX tokens_expires_at ON tokens (expires_at);

-- The jti of one-time JWTs that were used, until they expire.
CREATE TABLE used_jwts (
    jti        BLOB PRIMARY KEY,
    expires_at TEXT NOT NULL
) STRICT;
CREATE INDEX used_jwts_expires_at ON used_jwts (expires_at);
