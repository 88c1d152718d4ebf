-- The patient registry: persons, their documents and ways to prove themselves, who stands for whom.
-- What is never searched for (addresses, phones, the emergency contact) stays with its person as JSON.

CREATE TABLE persons (
    id                          UUID PRIMARY KEY,
    version                     BIGINT NOT NULL,
    status                      TEXT NOT NULL CHECK (status IN ('active', 'inactive')),
    is_active                   BOOLEAN NOT NULL,
    verification_status         TEXT NOT NULL,
    verification                JSONB NOT NULL,
    first_name                  TEXT NOT NULL,
    last_name                   TEXT NOT NULL,
    second_name                 TEXT,
    first_name_key              TEXT NOT NULL,
    last_name_key               TEXT NOT NULL,
    birth_date                  DATE NOT NULL,
    birth_country               TEXT,
    birth_settlement            TEXT,
    gender                      TEXT,
    email                       TEXT,
    no_tax_id                   BOOLEAN NOT NULL,
    tax_id                      TEXT,
    unzr                        TEXT,
    secret                      TEXT,
    preferred_way_communication TEXT,
    addresses                   JSONB NOT NULL,
    phones                      JSONB NOT NULL,
    emergency_contact           JSONB,
    inserted_at                 TIMESTAMPTZ NOT NULL,
    inserted_by                 UUID,
    updated_at                  TIMESTAMPTZ NOT NULL,
    updated_by                  UUID
);
CREATE INDEX persons_tax_id ON persons (tax_id, birth_date) WHERE tax_id IS NOT NULL;

CREATE TABLE person_documents (
    id              UUID PRIMARY KEY,
    person_id       UUID NOT NULL REFERENCES persons (id) ON DELETE CASCADE,
    position        BIGINT NOT NULL,
    type            TEXT NOT NULL,
    number          TEXT NOT NULL,
    number_key      TEXT NOT NULL,
    issued_by       TEXT,
    issued_at       DATE,
    expiration_date DATE
);
CREATE INDEX person_documents_person ON person_documents (person_id);
CREATE INDEX person_documents_number ON person_documents (number_key, type);

CREATE TABLE person_authentication_methods (
    id           UUID PRIMARY KEY,
    person_id    UUID NOT NULL REFERENCES persons (id) ON DELETE CASCADE,
    type         TEXT NOT NULL,
    phone_number TEXT,
    value        UUID,
    alias        TEXT,
    is_active    BOOLEAN NOT NULL,
    is_primary   BOOLEAN NOT NULL,
    started_at   TIMESTAMPTZ NOT NULL,
    ended_at     TIMESTAMPTZ,
    inserted_at  TIMESTAMPTZ NOT NULL,
    updated_at   TIMESTAMPTZ NOT NULL
);
CREATE INDEX person_authentication_methods_person ON person_authentication_methods (person_id);
CREATE INDEX person_authentication_methods_phone ON person_authentication_methods (phone_number) WHERE phone_number IS NOT NULL;

CREATE TABLE confidant_person_relationships (
    id                     UUID PRIMARY KEY,
    person_id              UUID NOT NULL REFERENCES persons (id) ON DELETE CASCADE,
    confidant_person_id    UUID NOT NULL REFERENCES persons (id),
    relation_type          TEXT NOT NULL,
    is_active              BOOLEAN NOT NULL,
    verification_status    TEXT NOT NULL,
    verification_reason    TEXT NOT NULL,
    active_to              TIMESTAMPTZ,
    documents_relationship JSONB NOT NULL,
    inserted_at            TIMESTAMPTZ NOT NULL,
    inserted_by            UUID,
    updated_at             TIMESTAMPTZ NOT NULL,
    updated_by             UUID
);
CREATE UNIQUE INDEX confidant_person_relationships_pair
    ON confidant_person_relationships (person_id, confidant_person_id) WHERE is_active;
CREATE INDEX confidant_person_relationships_confidant ON confidant_person_relationships (confidant_person_id);

-- A signature with which something was registered. Kept as evidence with what was signed; refused a second time.
CREATE TABLE used_signatures (
    signature_sha256   BYTEA PRIMARY KEY,
    certificate_sha256 BYTEA NOT NULL,
    person_id          UUID NOT NULL REFERENCES persons (id) ON DELETE CASCADE,
    signed_content     TEXT NOT NULL,
    used_at            TIMESTAMPTZ NOT NULL
);

-- What the provisioning file brings for the capabilities around the registry.
CREATE TABLE employees (
    id              UUID PRIMARY KEY,
    user_id         UUID NOT NULL,
    legal_entity_id UUID NOT NULL,
    employee_type   TEXT NOT NULL,
    status          TEXT NOT NULL,
    tax_id          TEXT
);

CREATE TABLE verified_phones (
    phone_number TEXT PRIMARY KEY,
    verified_at  TIMESTAMPTZ NOT NULL
);

CREATE TABLE user_requests (
    id           UUID PRIMARY KEY,
    tax_id       TEXT NOT NULL,
    first_name   TEXT NOT NULL,
    last_name    TEXT NOT NULL,
    second_name  TEXT,
    email        TEXT,
    client_id    UUID NOT NULL,
    redirect_uri TEXT NOT NULL,
    scope        TEXT NOT NULL,
    expires_at   TIMESTAMPTZ NOT NULL,
    used_at      TIMESTAMPTZ
);

CREATE TABLE dictionary_values (
    name        TEXT NOT NULL,
    code        TEXT NOT NULL,
    description TEXT NOT NULL,
    PRIMARY KEY (name, code)
);
