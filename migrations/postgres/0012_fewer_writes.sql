-- What a registration by a confidant writes, and no more.

-- Tokens of an applicant are found by the applicant's person, whose user is one of few. Only erasing a person reads all tokens now.
DROP INDEX tokens_applicant_user;

-- One index in place of three. Housekeeping reads the table whole: it holds a day.
ALTER TABLE confidant_sign_ups DROP CONSTRAINT confidant_sign_ups_pkey;
DROP INDEX confidant_sign_ups_confidant;
DROP INDEX confidant_sign_ups_inserted_at;
ALTER TABLE confidant_sign_ups ADD PRIMARY KEY (confidant_person_id, inserted_at, id);

-- The views of authority, row by row: each row is looked up by the one before it (OFFSET 0 keeps the planner from joining whole
-- tables, as it likes to while one of them is small; a plan is kept after the table has grown).
CREATE OR REPLACE VIEW standing_pairs AS
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
FROM persons p
    JOIN persons a ON a.id <> p.id
    LEFT JOIN LATERAL (SELECT l.* FROM confidant_person_relationships l
        WHERE l.person_id = p.id AND l.confidant_person_id = a.id ORDER BY l.is_active DESC, l.inserted_at DESC, l.id LIMIT 1) r ON true
    LEFT JOIN LATERAL (SELECT w.is_active, w.is_blocked FROM users w
        WHERE w.person_id = p.id ORDER BY w.is_active DESC, w.is_blocked DESC, w.id LIMIT 1) pu ON true;

CREATE OR REPLACE VIEW tokens_in_hand AS
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
FROM tokens t
    CROSS JOIN LATERAL (SELECT * FROM users WHERE id = t.user_id OFFSET 0) u
    CROSS JOIN LATERAL (SELECT * FROM clients WHERE id = t.client_id OFFSET 0) c
    LEFT JOIN LATERAL (SELECT * FROM users WHERE id = t.applicant_user_id AND person_id = t.applicant_person_id OFFSET 0) au ON true
    LEFT JOIN LATERAL (SELECT * FROM confidant_person_relationships
        WHERE person_id = u.person_id AND confidant_person_id = t.applicant_person_id AND is_active = true OFFSET 0) r ON true
    LEFT JOIN LATERAL (SELECT * FROM persons WHERE id = r.person_id OFFSET 0) p ON true
    LEFT JOIN LATERAL (SELECT * FROM persons WHERE id = r.confidant_person_id OFFSET 0) a ON true;

-- An account that is given another person: whoever it acted for as the old one is looked after.
CREATE FUNCTION standing_of_account_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO standing_changes (person_id) VALUES (old.person_id);
    RETURN NULL;
END $$;
DROP TRIGGER users_changed ON users;
CREATE TRIGGER users_changed AFTER UPDATE OF person_id, is_active, is_blocked ON users FOR EACH ROW
    WHEN (old.person_id IS NOT NULL AND (new.person_id IS DISTINCT FROM old.person_id OR new.is_active <> old.is_active OR new.is_blocked <> old.is_blocked))
    EXECUTE FUNCTION standing_of_account_changed();

-- Who had died or left the registry before this release: their own tokens end too.
INSERT INTO standing_changes (person_id) SELECT id FROM persons WHERE status <> 'active' OR is_active = false OR is_deceased = true;
