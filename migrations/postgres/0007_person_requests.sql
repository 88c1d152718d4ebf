-- Person requests: what a medical institution asks to register or to change, until it is signed or over.

-- What is asked and shown is cleared when a request expires, and after the time of cleaning. pending_key tells requests of one legal
-- entity about one person apart while they wait: two of them cannot wait at once. JSON, not JSONB: what is shown is what was sent, in its order.
CREATE TABLE person_requests (
    id                            UUID PRIMARY KEY,
    version                       BIGINT NOT NULL CHECK (version IN (1, 2)),
    status                        TEXT NOT NULL CHECK (status IN ('NEW', 'APPROVED', 'SIGNED', 'REJECTED', 'CANCELLED', 'EXPIRED')),
    channel                       TEXT NOT NULL CHECK (channel IN ('MIS', 'PIS')),
    is_active                     BOOLEAN NOT NULL,
    legal_entity_id               UUID NOT NULL,
    employee_id                   UUID NOT NULL,
    person_id                     UUID REFERENCES persons (id) DEFERRABLE INITIALLY DEFERRED,
    person_data                   JSON,
    authentication_method_current JSON,
    authorize_with                UUID,
    pending_key                   TEXT,
    tax_id                        TEXT,
    last_name                     TEXT,
    first_name                    TEXT,
    second_name                   TEXT,
    birth_date                    DATE,
    person_documents              JSON,
    documents                     JSON,
    printout_form                 TEXT,
    inserted_at                   TIMESTAMPTZ NOT NULL,
    inserted_by                   UUID NOT NULL,
    updated_at                    TIMESTAMPTZ NOT NULL,
    updated_by                    UUID,
    CHECK (pending_key IS NULL OR status IN ('NEW', 'APPROVED'))
);
CREATE UNIQUE INDEX person_requests_pending ON person_requests (legal_entity_id, pending_key) WHERE pending_key IS NOT NULL;
CREATE INDEX person_requests_waiting ON person_requests (inserted_at) WHERE pending_key IS NOT NULL;
CREATE INDEX person_requests_kept ON person_requests (inserted_at) WHERE person_data IS NOT NULL;
CREATE INDEX person_requests_list ON person_requests (legal_entity_id, inserted_at, id);
CREATE INDEX person_requests_list_status ON person_requests (legal_entity_id, status, inserted_at, id);

-- How many requests of a legal entity that were made on a day (UTC) have which status. A list says how many there are, and where its
-- hundredth page begins, without counting rows. Kept by the triggers below, so by every statement that there will ever be.
CREATE TABLE person_request_counts (
    legal_entity_id UUID NOT NULL,
    day             DATE NOT NULL,
    status          TEXT NOT NULL,
    requests        BIGINT NOT NULL,
    PRIMARY KEY (legal_entity_id, day, status)
);

-- Rows are locked in the order of the key, whoever changes them: nobody waits in a circle.
CREATE FUNCTION person_requests_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO person_request_counts AS c (legal_entity_id, day, status, requests)
        SELECT legal_entity_id, (inserted_at AT TIME ZONE 'UTC')::date, status, count(*) FROM added
        GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
        ON CONFLICT (legal_entity_id, day, status) DO UPDATE SET requests = c.requests + excluded.requests;
    RETURN NULL;
END $$;
CREATE TRIGGER person_requests_added AFTER INSERT ON person_requests
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION person_requests_added();

CREATE FUNCTION person_requests_moved() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO person_request_counts AS c (legal_entity_id, day, status, requests)
        SELECT legal_entity_id, (inserted_at AT TIME ZONE 'UTC')::date, status, sum(change) FROM (
            SELECT o.legal_entity_id, o.inserted_at, o.status, -1 AS change FROM was o JOIN became n ON n.id = o.id WHERE n.status <> o.status
            UNION ALL
            SELECT n.legal_entity_id, n.inserted_at, n.status, 1 FROM was o JOIN became n ON n.id = o.id WHERE n.status <> o.status) moved
        GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
        ON CONFLICT (legal_entity_id, day, status) DO UPDATE SET requests = c.requests + excluded.requests;
    RETURN NULL;
END $$;
CREATE TRIGGER person_requests_moved AFTER UPDATE ON person_requests
    REFERENCING OLD TABLE AS was NEW TABLE AS became FOR EACH STATEMENT EXECUTE FUNCTION person_requests_moved();

-- Every version of a person that a request made, and the one that it replaced: who, when, from which request. The first version of
-- somebody who was registered otherwise is written down when it is replaced.
CREATE TABLE person_versions (
    person_id         UUID NOT NULL REFERENCES persons (id) ON DELETE CASCADE,
    version           BIGINT NOT NULL,
    person_data       JSON NOT NULL,
    person_request_id UUID REFERENCES person_requests (id),
    inserted_at       TIMESTAMPTZ NOT NULL,
    inserted_by       UUID,
    PRIMARY KEY (person_id, version)
);

CREATE INDEX employees_user ON employees (user_id, legal_entity_id);
CREATE INDEX person_authentication_methods_value ON person_authentication_methods (value) WHERE value IS NOT NULL;
CREATE INDEX persons_birth_date ON persons (birth_date, last_name_key);
