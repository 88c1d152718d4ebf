-- Who may act for whom (docs/authority.md): where a record comes from, what was proven of it, and what ends when a right ends.
-- The release before writes none of the new columns: what it writes meanwhile counts as typed by somebody, which opens nothing.

-- origin: who made the record, for ever. version_origin: who made what it says now. owned_at: when the person first acted for themselves.
ALTER TABLE persons ADD COLUMN origin TEXT NOT NULL DEFAULT 'confidant' CHECK (origin IN ('own', 'confidant', 'institution', 'operator'));
ALTER TABLE persons ADD COLUMN origin_confidant_id BLOB;
ALTER TABLE persons ADD COLUMN version_origin TEXT NOT NULL DEFAULT 'confidant' CHECK (version_origin IN ('own', 'confidant', 'institution', 'operator'));
ALTER TABLE persons ADD COLUMN owned_at TEXT;
ALTER TABLE persons ADD COLUMN is_deceased INTEGER NOT NULL GENERATED ALWAYS AS (json_extract(verification, '$.dracs_death.status') IS 'DEAD') VIRTUAL;
ALTER TABLE person_versions ADD COLUMN origin TEXT CHECK (origin IN ('own', 'confidant', 'institution', 'operator'));
ALTER TABLE person_authentication_methods ADD COLUMN origin TEXT NOT NULL DEFAULT 'confidant' CHECK (origin IN ('own', 'confidant', 'institution', 'operator'));

-- Whoever was made with the signature of another is a confidant's; a request signed by an institution says so itself; who made themselves is
-- the user that they became, or the cabinet; everybody else the operator brought.
CREATE INDEX used_signatures_person ON used_signatures (person_id);
UPDATE persons SET origin = CASE
    WHEN inserted_by IS NULL THEN 'operator'
    WHEN EXISTS (SELECT 1 FROM person_versions v WHERE v.person_id = persons.id AND v.version = 1 AND v.person_request_id IS NOT NULL) THEN 'institution'
    WHEN inserted_by = x'4261eacf80084e62899fde1e2f7065f0' THEN 'own'
    WHEN EXISTS (SELECT 1 FROM users u WHERE u.id = persons.inserted_by AND u.person_id = persons.id) THEN 'own'
    WHEN EXISTS (SELECT 1 FROM used_signatures s WHERE s.person_id = persons.id) THEN 'confidant'
    ELSE 'operator' END;
UPDATE persons SET origin_confidant_id = COALESCE(
        (SELECT r.confidant_person_id FROM confidant_person_relationships r WHERE r.person_id = persons.id AND r.inserted_by = persons.inserted_by AND r.inserted_at = persons.inserted_at),
        (SELECT u.person_id FROM users u WHERE u.id = persons.inserted_by))
    WHERE origin = 'confidant';
UPDATE person_versions SET origin = CASE
    WHEN person_request_id IS NOT NULL THEN 'institution'
    WHEN version = 1 THEN (SELECT p.origin FROM persons p WHERE p.id = person_versions.person_id) END;
UPDATE persons SET version_origin = CASE
    WHEN version = 1 THEN origin
    WHEN EXISTS (SELECT 1 FROM person_versions v WHERE v.person_id = persons.id AND v.version = persons.version AND v.person_request_id IS NOT NULL) THEN 'institution'
    WHEN updated_by IS NULL THEN 'operator'
    WHEN updated_by = x'4261eacf80084e62899fde1e2f7065f0' THEN 'own'
    ELSE origin END;
UPDATE person_authentication_methods SET origin = COALESCE(
    (SELECT CASE WHEN p.origin IN ('institution', 'operator') OR person_authentication_methods.started_at <> p.inserted_at THEN
        CASE WHEN p.version_origin = 'institution' THEN 'institution' ELSE 'operator' END ELSE p.origin END
     FROM persons p WHERE p.id = person_authentication_methods.person_id), 'operator');

-- What a confidant typed signs nobody in: a user's tax number is proven or vouched for, or nothing.
UPDATE users SET tax_id_is_trusted = true WHERE tax_id IS NOT NULL AND tax_id_is_trusted = false
    AND EXISTS (SELECT 1 FROM persons p WHERE p.id = users.person_id AND p.tax_id = users.tax_id AND p.version_origin <> 'confidant');
UPDATE users SET tax_id = NULL WHERE tax_id_is_trusted = false;
UPDATE users SET tax_id_is_trusted = false WHERE tax_id IS NULL;
UPDATE persons SET owned_at = inserted_at WHERE origin = 'own';
UPDATE persons SET owned_at = (SELECT min(u.updated_at) FROM users u WHERE u.person_id = persons.id AND u.tax_id_is_trusted = true)
    WHERE origin = 'confidant' AND version_origin = 'confidant';

-- All users of a person, in use or not.
CREATE INDEX users_of_person ON users (person_id) WHERE person_id IS NOT NULL;

-- register_confirmed_at: when a register of civil status confirmed it. ended_reason: why it is not in use any more.
ALTER TABLE confidant_person_relationships ADD COLUMN register_confirmed_at TEXT;
ALTER TABLE confidant_person_relationships ADD COLUMN ended_at TEXT;
ALTER TABLE confidant_person_relationships ADD COLUMN ended_reason TEXT CHECK (ended_reason IN ('EXPIRED', 'DECISION', 'CAME_HOME'));
ALTER TABLE confidant_person_relationships ADD COLUMN comment TEXT;
UPDATE confidant_person_relationships SET ended_at = updated_at, ended_reason = 'EXPIRED' WHERE is_active = false;
CREATE INDEX confidant_person_relationships_person ON confidant_person_relationships (person_id, confidant_person_id);
CREATE INDEX confidant_person_relationships_active_to ON confidant_person_relationships (active_to) WHERE is_active = true AND active_to IS NOT NULL;
CREATE INDEX confidant_person_relationships_inserted_at ON confidant_person_relationships (inserted_at, id);

-- With what somebody claimed to stand for a person who was registered already.
CREATE TABLE relationship_claims (
    relationship_id    BLOB PRIMARY KEY REFERENCES confidant_person_relationships (id) ON DELETE CASCADE,
    signature_sha256   BLOB NOT NULL,
    certificate_sha256 BLOB NOT NULL,
    signed_content     TEXT NOT NULL,
    claimed_at         TEXT NOT NULL
) STRICT;

-- Registrations and claims of a confidant, as long as they are counted.
CREATE TABLE confidant_sign_ups (
    id                  BLOB PRIMARY KEY,
    confidant_person_id BLOB NOT NULL,
    inserted_at         TEXT NOT NULL
) STRICT;
CREATE INDEX confidant_sign_ups_confidant ON confidant_sign_ups (confidant_person_id, inserted_at);
CREATE INDEX confidant_sign_ups_inserted_at ON confidant_sign_ups (inserted_at);

-- What an operator did by a command, and why. person_id: whom it is about.
CREATE TABLE operator_acts (
    id           BLOB PRIMARY KEY,
    act          TEXT NOT NULL,
    subject_type TEXT NOT NULL,
    subject_id   BLOB NOT NULL,
    person_id    BLOB,
    comment      TEXT,
    inserted_at  TEXT NOT NULL
) STRICT;
CREATE INDEX operator_acts_person ON operator_acts (person_id) WHERE person_id IS NOT NULL;
CREATE INDEX operator_acts_subject ON operator_acts (subject_id);

-- Somebody who works no longer for an institution.
ALTER TABLE employees ADD COLUMN is_active INTEGER NOT NULL DEFAULT 1 CHECK (is_active IN (0, 1));

-- A login token is never granted by consent.
UPDATE clients SET scopes = trim(replace(' ' || scopes || ' ', ' app:authorize ', ' ')) WHERE ' ' || scopes || ' ' LIKE '% app:authorize %';
UPDATE approvals SET scope = trim(replace(' ' || scope || ' ', ' app:authorize ', ' ')) WHERE ' ' || scope || ' ' LIKE '% app:authorize %';
UPDATE tokens SET scope = trim(replace(' ' || scope || ' ', ' app:authorize ', ' ')) WHERE approval_id IS NOT NULL AND ' ' || scope || ' ' LIKE '% app:authorize %';
UPDATE flows SET scope = trim(replace(' ' || scope || ' ', ' app:authorize ', ' ')) WHERE ' ' || scope || ' ' LIKE '% app:authorize %';
UPDATE user_requests SET scope = trim(replace(' ' || scope || ' ', ' app:authorize ', ' ')) WHERE ' ' || scope || ' ' LIKE '% app:authorize %';

-- Numbers of documents are compared without number signs and dashes.
UPDATE person_documents SET number_key = replace(replace(replace(replace(replace(replace(replace(replace(number_key, '№', ''), '-', ''), '‐', ''), '‑', ''), '‒', ''), '–', ''), '—', ''), '−', '');

-- Everything that decides whether somebody may act for somebody, but for their users. Each view is asked for few rows, by a key; it stands
-- first in its statement, so that SQLite opens it up. A later release that asks for more makes views of other names: programs that run hold
-- statements over these.

-- Two people, with the relationship in use between them, else the last one that there was, and the patient's user, the one in use before others.
CREATE VIEW standing_pairs AS
SELECT p.id AS patient_id,
    r.id AS relationship_id, r.is_active AS relationship_is_active, r.active_to AS relationship_active_to, r.verification_status AS relationship_status,
    r.verification_reason AS relationship_reason, r.register_confirmed_at AS relationship_confirmed_at, r.ended_reason AS relationship_ended_reason,
    p.status = 'active' AND p.is_active = true AND p.is_deceased = false AS patient_is_current, p.origin AS patient_origin,
    p.origin_confidant_id AS patient_origin_confidant_id, p.version AS patient_version, p.owned_at AS patient_owned_at,
    EXISTS (SELECT 1 FROM confidant_person_relationships o WHERE o.person_id = r.person_id AND o.confidant_person_id <> r.confidant_person_id
        AND (o.verification_status = 'VERIFIED' OR (o.verification_status = 'VERIFICATION_NEEDED'
            AND (o.verification_reason = 'MANUAL_CREATED_BY_DOCTOR' OR o.register_confirmed_at IS NOT NULL)))) AS patient_has_another,
    a.id AS confidant_id, a.status = 'active' AND a.is_active = true AND a.is_deceased = false AS confidant_is_current,
    a.birth_date AS confidant_birth_date, a.verification_status AS confidant_verification,
    pu.is_active AS patient_user_is_active, pu.is_blocked AS patient_user_is_blocked
FROM persons p JOIN persons a ON a.id <> p.id
    LEFT JOIN confidant_person_relationships r ON r.id = (SELECT l.id FROM confidant_person_relationships l
        WHERE l.person_id = p.id AND l.confidant_person_id = a.id ORDER BY l.is_active DESC, l.inserted_at DESC, l.id LIMIT 1)
    LEFT JOIN users pu ON pu.id = (SELECT w.id FROM users w WHERE w.person_id = p.id ORDER BY w.is_active DESC, w.is_blocked DESC, w.id LIMIT 1);

-- A token, its user and client; where it names an applicant, the applicant's user and the relationship in use.
CREATE VIEW tokens_in_hand AS
SELECT t.id, t.name, t.value_hash, t.user_id, t.applicant_user_id, t.applicant_person_id, t.client_id, t.approval_id, t.parent_id, t.scope, t.grant_type,
    t.redirect_uri, t.expires_at, t.used_at,
    u.tax_id, u.person_id, u.is_active, u.is_blocked AS user_is_blocked, u.tax_id_is_trusted, c.is_blocked AS client_is_blocked, c.legal_entity_id AS client_legal_entity_id,
    au.is_active AS applicant_is_active, au.is_blocked AS applicant_is_blocked,
    r.id AS relationship_id, r.is_active AS relationship_is_active, r.active_to AS relationship_active_to, r.verification_status AS relationship_status,
    r.verification_reason AS relationship_reason, r.register_confirmed_at AS relationship_confirmed_at, r.ended_reason AS relationship_ended_reason,
    p.status = 'active' AND p.is_active = true AND p.is_deceased = false AS patient_is_current, p.origin AS patient_origin,
    p.origin_confidant_id AS patient_origin_confidant_id, p.version AS patient_version, p.owned_at AS patient_owned_at,
    EXISTS (SELECT 1 FROM confidant_person_relationships o WHERE o.person_id = r.person_id AND o.confidant_person_id <> r.confidant_person_id
        AND (o.verification_status = 'VERIFIED' OR (o.verification_status = 'VERIFICATION_NEEDED'
            AND (o.verification_reason = 'MANUAL_CREATED_BY_DOCTOR' OR o.register_confirmed_at IS NOT NULL)))) AS patient_has_another,
    a.id AS confidant_id, a.status = 'active' AND a.is_active = true AND a.is_deceased = false AS confidant_is_current,
    a.birth_date AS confidant_birth_date, a.verification_status AS confidant_verification
FROM tokens t JOIN users u ON u.id = t.user_id JOIN clients c ON c.id = t.client_id
    LEFT JOIN users au ON au.id = t.applicant_user_id AND au.person_id = t.applicant_person_id
    LEFT JOIN confidant_person_relationships r ON r.person_id = u.person_id AND r.confidant_person_id = t.applicant_person_id AND r.is_active = true
    LEFT JOIN persons p ON p.id = r.person_id
    LEFT JOIN persons a ON a.id = r.confidant_person_id;

-- People about whom something changed that can take a right away: housekeeping ends the tokens that it gave. No answer waits for that.
CREATE TABLE standing_changes (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    person_id BLOB NOT NULL
) STRICT;
CREATE TRIGGER confidant_person_relationships_changed AFTER UPDATE ON confidant_person_relationships
BEGIN
    INSERT INTO standing_changes (person_id) VALUES (new.person_id);
END;
-- One that is approved at once ends what rested on another's own word.
CREATE TRIGGER confidant_person_relationships_added AFTER INSERT ON confidant_person_relationships
WHEN new.verification_status = 'VERIFIED' OR new.verification_reason = 'MANUAL_CREATED_BY_DOCTOR' OR new.register_confirmed_at IS NOT NULL
BEGIN
    INSERT INTO standing_changes (person_id) VALUES (new.person_id);
END;
CREATE TRIGGER persons_changed AFTER UPDATE ON persons
WHEN new.version <> old.version OR new.status <> old.status OR new.is_active <> old.is_active OR new.verification_status <> old.verification_status
    OR new.is_deceased <> old.is_deceased OR new.owned_at IS NOT old.owned_at
BEGIN
    INSERT INTO standing_changes (person_id) VALUES (new.id);
END;
CREATE TRIGGER users_changed AFTER UPDATE OF is_active, is_blocked ON users
WHEN new.person_id IS NOT NULL AND (new.is_active <> old.is_active OR new.is_blocked <> old.is_blocked)
BEGIN
    INSERT INTO standing_changes (person_id) VALUES (new.person_id);
END;

-- What an operator looks for by a command.
CREATE INDEX persons_names ON persons (last_name_key, first_name_key);
CREATE INDEX person_requests_person ON person_requests (person_id) WHERE person_id IS NOT NULL;
CREATE INDEX users_blocked ON users (id) WHERE is_blocked = true;
CREATE INDEX tokens_applicant_user ON tokens (applicant_user_id) WHERE applicant_user_id IS NOT NULL;
CREATE INDEX tokens_applicant_person ON tokens (applicant_person_id) WHERE applicant_person_id IS NOT NULL;
CREATE INDEX approvals_actor ON approvals (actor_user_id);
CREATE INDEX confidant_person_relationships_waiting ON confidant_person_relationships (inserted_at, id)
    WHERE is_active = true AND verification_status = 'VERIFICATION_NEEDED' AND verification_reason <> 'MANUAL_CREATED_BY_DOCTOR' AND register_confirmed_at IS NULL;

-- What stays of the signatures of somebody who was erased. A signature that was used up is refused for ever; what was signed, by whom and
-- about whom stays only where the installation keeps evidence.
CREATE TABLE erased_evidence (
    signature_sha256   BLOB PRIMARY KEY,
    certificate_sha256 BLOB,
    person_id          BLOB,
    signed_content     TEXT,
    is_used            INTEGER NOT NULL CHECK (is_used IN (0, 1)),
    used_at            TEXT NOT NULL,
    erased_at          TEXT NOT NULL
) STRICT;
