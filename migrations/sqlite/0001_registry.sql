-- The patient registry: persons, their documents and ways to prove themselves, who stands for whom.
-- What is never searched for (addresses, phones, the emergency contact) stays with its person as JSON.

CREATE TABLE persons (
    id                          BLOB PRIMARY KEY,
    version                     INTEGER NOT NULL,
    status                      TEXT NOT NULL CHECK (status IN ('active', 'inactive')),
    is_active                   INTEGER NOT NULL CHECK (is_active IN (0, 1)),
    verification_status         TEXT NOT NULL,
    verification                TEXT NOT NULL CHECK (json_valid(verification)),
    first_name                  TEXT NOT NULL,
    last_name                   TEXT NOT NULL,
    second_name                 TEXT,
    first_name_key              TEXT NOT NULL,
    last_name_key               TEXT NOT NULL,
    birth_date                  TEXT NOT NULL,
    birth_country               TEXT,
    birth_settlement            TEXT,
    gender                      TEXT,
    email                       TEXT,
    no_tax_id                   INTEGER NOT NULL CHECK (no_tax_id IN (0, 1)),
    tax_id                      TEXT,
    unzr                        TEXT,
    secret                      TEXT,
    preferred_way_communication TEXT,
    addresses                   TEXT NOT NULL CHECK (json_valid(addresses)),
    phones                      TEXT NOT NULL CHECK (json_valid(phones)),
    emergency_contact           TEXT CHECK (json_valid(emergency_contact)),
    inserted_at                 TEXT NOT NULL,
    inserted_by                 BLOB,
    updated_at                  TEXT NOT NULL,
    updated_by                  BLOB
) STRICT;
CREATE INDEX persons_tax_id ON persons (tax_id, birth_date) WHERE tax_id IS NOT NULL;

CREATE TABLE person_documents (
    id              BLOB PRIMARY KEY,
    person_id       BLOB NOT NULL REFERENCES persons (id) ON DELETE CASCADE,
    position        INTEGER NOT NULL,
    type            TEXT NOT NULL,
    number          TEXT NOT NULL,
    number_key      TEXT NOT NULL,
    issued_by       TEXT,
    issued_at       TEXT,
    expiration_date TEXT
) STRICT;
CREATE INDEX person_documents_person ON person_documents (person_id);
CREATE INDEX person_documents_number ON person_documents (number_key, type);

CREATE TABLE person_authentication_methods (
    id           BLOB PRIMARY KEY,
    person_id    BLOB NOT NULL REFERENCES persons (id) ON DELETE CASCADE,
    type         TEXT NOT NULL,
    phone_number TEXT,
    value        BLOB,
    alias        TEXT,
    is_active    INTEGER NOT NULL CHECK (is_active IN (0, 1)),
    is_primary   INTEGER NOT NULL CHECK (is_primary IN (0, 1)),
    started_at   TEXT NOT NULL,
    ended_at     TEXT,
    inserted_at  TEXT NOT NULL,
    updated_at   TEXT NOT NULL
) STRICT;
CREATE INDEX person_authentication_methods_person ON person_authentication_methods (person_id);
CREATE INDEX person_authentication_methods_phone ON person_authentication_methods (phone_number) WHERE phone_number IS NOT NULL;

CREATE TABLE confidant_person_relationships (
    id                     BLOB PRIMARY KEY,
    person_id              BLOB NOT NULL REFERENCES persons (id) ON DELETE CASCADE,
    confidant_person_id    BLOB NOT NULL REFERENCES persons (id),
    relation_type          TEXT NOT NULL,
    is_active              INTEGER NOT NULL CHECK (is_active IN (0, 1)),
    verification_status    TEXT NOT NULL,
    verification_reason    TEXT NOT NULL,
    active_to              TEXT,
    documents_relationship TEXT NOT NULL CHECK (json_valid(documents_relationship)),
    inserted_at            TEXT NOT NULL,
    inserted_by            BLOB,
    updated_at             TEXT NOT NULL,
    updated_by             BLOB
) STRICT;
CREATE UNIQUE INDEX confidant_person_relationships_pair
    ON confidant_person_relationships (person_id, confidant_person_id) WHERE is_active = true;
CREATE INDEX confidant_person_relationships_confidant ON confidant_person_relationships (confidant_person_id);

-- A signature with which something was registered. Kept as evidence with what was signed; refused a second time.
CREATE TABLE used_signatures (
    signature_sha256   BLOB PRIMARY KEY,
    certificate_sha256 BLOB NOT NULL,
    person_id          BLOB NOT NULL REFERENCES persons (id) ON DELETE CASCADE,
    signed_content     TEXT NOT NULL,
    used_at            TEXT NOT NULL
) STRICT;

-- What the provisioning file brings for the capabilities around the registry.
CREATE TABLE employees (
    id              BLOB PRIMARY KEY,
    user_id         BLOB NOT NULL,
    legal_entity_id BLOB NOT NULL,
    employee_type   TEXT NOT NULL,
    status          TEXT NOT NULL,
    tax_id          TEXT
) STRICT;

CREATE TABLE verified_phones (
    phone_number TEXT PRIMARY KEY,
    verified_at  TEXT NOT NULL
) STRICT;

CREATE TABLE user_requests (
    id           BLOB PRIMARY KEY,
    tax_id       TEXT NOT NULL,
    first_name   TEXT NOT NULL,
    last_name    TEXT NOT NULL,
    second_name  TEXT,
    email        TEXT,
    client_id    BLOB NOT NULL,
    redirect_uri TEXT NOT NULL,
    scope        TEXT NOT NULL,
    expires_at   TEXT NOT NULL,
    used_at      TEXT
) STRICT;

CREATE TABLE dictionary_values (
    name        TEXT NOT NULL,
    code        TEXT NOT NULL,
    description TEXT NOT NULL,
    PRIMARY KEY (name, code)
) STRICT;
