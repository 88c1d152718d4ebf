-- One-time codes by SMS, and the numbers that were proven with one.

-- inserted_at: when a number was proven first; updated_at: when it was last.
CREATE TABLE proven_phones (
    phone_number TEXT PRIMARY KEY CHECK (phone_number GLOB '+380[0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9]'),
    inserted_at  TEXT NOT NULL,
    updated_at   TEXT NOT NULL
) STRICT;
INSERT INTO proven_phones (phone_number, inserted_at, updated_at)
    SELECT phone_number, verified_at, verified_at FROM verified_phones
    WHERE phone_number GLOB '+380[0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9]';
DROP TABLE verified_phones;
ALTER TABLE proven_phones RENAME TO verified_phones;

-- Messages handed to the gateway. The body of a message with a code is never here.
CREATE TABLE sms_logs (
    id                BLOB PRIMARY KEY,
    phone_number      TEXT NOT NULL,
    body              TEXT NOT NULL CHECK (type <> 'verification' OR body = 'VERIFICATION'),
    type              TEXT NOT NULL DEFAULT 'undefined',
    gateway_id        TEXT,
    gateway_status    TEXT NOT NULL CHECK (gateway_status IN ('Accepted', 'Enroute', 'Pending', 'Delivered', 'Unknown', 'Undeliverable',
                                                              'Rejected', 'Unaccepted', 'Expired', 'Deleted', 'Terminated')),
    status_changed_at TEXT,
    provider          TEXT NOT NULL,
    inserted_at       TEXT NOT NULL
) STRICT;
CREATE INDEX sms_logs_inserted_at ON sms_logs (inserted_at);
CREATE INDEX sms_logs_waiting ON sms_logs (inserted_at) WHERE gateway_status IN ('Accepted', 'Enroute', 'Pending', 'Unknown');
CREATE INDEX sms_logs_gateway_id ON sms_logs (gateway_id) WHERE gateway_id IS NOT NULL;

-- One row for each code. Rows of one number never have the same inserted_at: the greatest is the latest.
-- code_hash is an HMAC. is_sent: the gateway did not say at once that it sends nothing; such codes are not counted by the limits.
CREATE TABLE verifications (
    id              BLOB PRIMARY KEY,
    phone_number    TEXT NOT NULL CHECK (phone_number GLOB '+380[0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9]'),
    code_hash       BLOB NOT NULL CHECK (length(code_hash) = 32),
    status          TEXT NOT NULL DEFAULT 'NEW' CHECK (status IN ('NEW', 'VERIFIED', 'UNVERIFIED', 'EXPIRED', 'CANCELED')),
    active          INTEGER NOT NULL DEFAULT 1 CHECK (active IN (0, 1)),
    attempts_count  INTEGER NOT NULL DEFAULT 0 CHECK (attempts_count >= 0),
    code_expired_at TEXT NOT NULL,
    content_hash    TEXT,
    provider        TEXT,
    is_sent         INTEGER NOT NULL CHECK (is_sent IN (0, 1)),
    sms_log_id      BLOB REFERENCES sms_logs (id) ON DELETE SET NULL,
    initiated_by    BLOB,
    client_id       BLOB,
    inserted_at     TEXT NOT NULL,
    updated_at      TEXT NOT NULL,
    CHECK (active = (status = 'NEW'))
) STRICT;
CREATE UNIQUE INDEX verifications_live ON verifications (phone_number) WHERE active = true;
CREATE UNIQUE INDEX verifications_phone_number ON verifications (phone_number, inserted_at);
CREATE INDEX verifications_code_expired_at ON verifications (code_expired_at) WHERE active = true;
CREATE INDEX verifications_inserted_at ON verifications (inserted_at);
CREATE INDEX verifications_sms_log_id ON verifications (sms_log_id) WHERE sms_log_id IS NOT NULL;

-- What PostgreSQL does in the statement that finishes a verification.
CREATE TRIGGER verifications_verified AFTER UPDATE OF status ON verifications
WHEN new.status = 'VERIFIED' AND old.status = 'NEW'
BEGIN
    INSERT INTO verified_phones (phone_number, inserted_at, updated_at) VALUES (new.phone_number, new.updated_at, new.updated_at)
        ON CONFLICT (phone_number) DO UPDATE SET updated_at = excluded.updated_at;
END;

-- How often codes of a number were tried since began_at.
CREATE TABLE verification_requests (
    phone_number TEXT PRIMARY KEY,
    began_at     TEXT NOT NULL,
    requests     INTEGER NOT NULL
) STRICT;
CREATE INDEX verification_requests_began_at ON verification_requests (began_at);
