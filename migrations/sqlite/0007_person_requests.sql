-- Person requests: what a medical institution asks to register or to change, until it is signed or over.

-- What is asked and shown is cleared when a request expires, and after the time of cleaning. pending_key tells requests of one legal
-- entity about one person apart while they wait: two of them cannot wait at once.
CREATE TABLE person_requests (
    id                            BLOB PRIMARY KEY,
    version                       INTEGER NOT NULL CHECK (version IN (1, 2)),
    status                        TEXT NOT NULL CHECK (status IN ('NEW', 'APPROVED', 'SIGNED', 'REJECTED', 'CANCELLED', 'EXPIRED')),
    channel                       TEXT NOT NULL CHECK (channel IN ('MIS', 'PIS')),
    is_active                     INTEGER NOT NULL CHECK (is_active IN (0, 1)),
    legal_entity_id               BLOB NOT NULL,
    employee_id                   BLOB NOT NULL,
    person_id                     BLOB REFERENCES persons (id) DEFERRABLE INITIALLY DEFERRED,
    person_data                   TEXT CHECK (json_valid(person_data)),
    authentication_method_current TEXT CHECK (json_valid(authentication_method_current)),
    authorize_with                BLOB,
    pending_key                   TEXT,
    tax_id                        TEXT,
    last_name                     TEXT,
    first_name                    TEXT,
    second_name                   TEXT,
    birth_date                    TEXT,
    person_documents              TEXT CHECK (json_valid(person_documents)),
    documents                     TEXT CHECK (json_valid(documents)),
    printout_form                 TEXT,
    inserted_at                   TEXT NOT NULL,
    inserted_by                   BLOB NOT NULL,
    updated_at                    TEXT NOT NULL,
    updated_by                    BLOB,
    CHECK (pending_key IS NULL OR status IN ('NEW', 'APPROVED'))
) STRICT;
CREATE UNIQUE INDEX person_requests_pending ON person_requests (legal_entity_id, pending_key) WHERE pending_key IS NOT NULL;
CREATE INDEX person_requests_waiting ON person_requests (inserted_at) WHERE pending_key IS NOT NULL;
CREATE INDEX person_requests_kept ON person_requests (inserted_at) WHERE person_data IS NOT NULL;
CREATE INDEX person_requests_list ON person_requests (legal_entity_id, inserted_at, id);
CREATE INDEX person_requests_list_status ON person_requests (legal_entity_id, status, inserted_at, id);

-- How many requests of a legal entity that were made on a day (UTC) have which status. A list says how many there are, and where its
-- hundredth page begins, without counting rows. Kept by the triggers below, so by every statement that there will ever be.
CREATE TABLE person_request_counts (
    legal_entity_id BLOB NOT NULL,
    day             TEXT NOT NULL,
    status          TEXT NOT NULL,
    requests        INTEGER NOT NULL,
    PRIMARY KEY (legal_entity_id, day, status)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER person_requests_added AFTER INSERT ON person_requests
BEGIN
    INSERT INTO person_request_counts (legal_entity_id, day, status, requests)
        VALUES (new.legal_entity_id, substr(new.inserted_at, 1, 10), new.status, 1)
        ON CONFLICT (legal_entity_id, day, status) DO UPDATE SET requests = requests + 1;
END;

CREATE TRIGGER person_requests_moved AFTER UPDATE OF status ON person_requests
WHEN new.status <> old.status
BEGIN
    UPDATE person_request_counts SET requests = requests - 1
        WHERE legal_entity_id = old.legal_entity_id AND day = substr(old.inserted_at, 1, 10) AND status = old.status;
    INSERT INTO person_request_counts (legal_entity_id, day, status, requests)
        VALUES (new.legal_entity_id, substr(new.inserted_at, 1, 10), new.status, 1)
        ON CONFLICT (legal_entity_id, day, status) DO UPDATE SET requests = requests + 1;
END;

-- Every version of a person that a request made, and the one that it replaced: who, when, from which request. The first version of
-- somebody who was registered otherwise is written down when it is replaced.
CREATE TABLE person_versions (
    person_id         BLOB NOT NULL REFERENCES persons (id) ON DELETE CASCADE,
    version           INTEGER NOT NULL,
    person_data       TEXT NOT NULL CHECK (json_valid(person_data)),
    person_request_id BLOB REFERENCES person_requests (id),
    inserted_at       TEXT NOT NULL,
    inserted_by       BLOB,
    PRIMARY KEY (person_id, version)
) STRICT;

CREATE INDEX employees_user ON employees (user_id, legal_entity_id);
CREATE INDEX person_authentication_methods_value ON person_authentication_methods (value) WHERE value IS NOT NULL;
CREATE INDEX persons_birth_date ON persons (birth_date, last_name_key);
