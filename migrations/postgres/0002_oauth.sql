-- Clients and what they were given. Secrets, api keys and tokens are here as hashes only.

CREATE TABLE legal_entities (
    id     UUID PRIMARY KEY,
    type   TEXT NOT NULL,
    name   TEXT NOT NULL,
    edrpou TEXT
);

CREATE TABLE clients (
    id                  UUID PRIMARY KEY,
    name                TEXT NOT NULL,
    client_type         TEXT NOT NULL CHECK (client_type IN ('PIS', 'TRUSTED_PIS', 'MIS', 'CABINET')),
    secret_hash         BYTEA,
    api_key_hash        BYTEA UNIQUE,
    redirect_uris       JSONB NOT NULL,
    redirect_uri_match  TEXT NOT NULL CHECK (redirect_uri_match IN ('exact', 'prefix')),
    scopes              TEXT NOT NULL,
    allowed_grant_types JSONB NOT NULL,
    is_blocked          BOOLEAN NOT NULL,
    legal_entity_id     UUID REFERENCES legal_entities (id),
    inserted_at         TIMESTAMPTZ NOT NULL,
    updated_at          TIMESTAMPTZ NOT NULL
);

-- Sentences for scopes beyond those of locales/.
CREATE TABLE scopes (
    name      TEXT PRIMARY KEY,
    uk        TEXT NOT NULL,
    en        TEXT NOT NULL,
    sensitive BOOLEAN NOT NULL
);

CREATE TABLE users (
    id          UUID PRIMARY KEY,
    tax_id      TEXT,
    email       TEXT,
    person_id   UUID REFERENCES persons (id),
    is_active   BOOLEAN NOT NULL,
    is_blocked  BOOLEAN NOT NULL,
    inserted_at TIMESTAMPTZ NOT NULL,
    updated_at  TIMESTAMPTZ NOT NULL
);
CREATE UNIQUE INDEX users_person ON users (person_id) WHERE is_active AND person_id IS NOT NULL;
CREATE INDEX users_tax_id ON users (tax_id) WHERE tax_id IS NOT NULL;

-- What a person allowed a client. actor_user_id is who acts under it: the user, or the confidant for them.
CREATE TABLE approvals (
    id            UUID PRIMARY KEY,
    user_id       UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    client_id     UUID NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    actor_user_id UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    scope         TEXT NOT NULL,
    inserted_at   TIMESTAMPTZ NOT NULL,
    updated_at    TIMESTAMPTZ NOT NULL,
    UNIQUE (user_id, client_id, actor_user_id)
);

-- Access tokens, refresh tokens and authorization codes.
-- parent_id: the code that gave the token, or the refresh token that gave the access token.
CREATE TABLE tokens (
    id                  UUID PRIMARY KEY,
    name                TEXT NOT NULL CHECK (name IN ('access_token', 'refresh_token', 'authorization_code')),
    value_hash          BYTEA NOT NULL UNIQUE,
    user_id             UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    applicant_user_id   UUID REFERENCES users (id) ON DELETE CASCADE,
    applicant_person_id UUID REFERENCES persons (id) ON DELETE CASCADE,
    client_id           UUID NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    approval_id         UUID,
    parent_id           UUID,
    scope               TEXT NOT NULL,
    grant_type          TEXT NOT NULL,
    redirect_uri        TEXT,
    inserted_at         TIMESTAMPTZ NOT NULL,
    expires_at          TIMESTAMPTZ NOT NULL,
    used_at             TIMESTAMPTZ
);
CREATE INDEX tokens_parent ON tokens (parent_id) WHERE parent_id IS NOT NULL;
CREATE INDEX tokens_expires_at ON tokens (expires_at);

-- The jti of one-time JWTs that were used, until they expire.
CREATE TABLE used_jwts (
    jti        UUID PRIMARY KEY,
    expires_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX used_jwts_expires_at ON used_jwts (expires_at);
