-- What a registration by a confidant writes, and no more: each index is a page of its own that goes to the disk.

-- Tokens of an applicant are found by the applicant's person, whose user is one of few. Only erasing a person reads all tokens now.
DROP INDEX tokens_applicant_user;

-- One tree in place of four. Housekeeping reads it whole: it holds a day.
CREATE TABLE counted_sign_ups (
    id                  BLOB NOT NULL,
    confidant_person_id BLOB NOT NULL,
    inserted_at         TEXT NOT NULL,
    PRIMARY KEY (confidant_person_id, inserted_at, id)
) STRICT, WITHOUT ROWID;
INSERT INTO counted_sign_ups (id, confidant_person_id, inserted_at) SELECT id, confidant_person_id, inserted_at FROM confidant_sign_ups;
DROP TABLE confidant_sign_ups;
ALTER TABLE counted_sign_ups RENAME TO confidant_sign_ups;

-- An account that is given another person: whoever it acted for as the old one is looked after.
DROP TRIGGER users_changed;
CREATE TRIGGER users_changed AFTER UPDATE OF person_id, is_active, is_blocked ON users
WHEN old.person_id IS NOT NULL AND (new.person_id IS NOT old.person_id OR new.is_active <> old.is_active OR new.is_blocked <> old.is_blocked)
BEGIN
    INSERT INTO standing_changes (person_id) VALUES (old.person_id);
END;

-- Who had died or left the registry before this release: their own tokens end too.
INSERT INTO standing_changes (person_id) SELECT id FROM persons WHERE status <> 'active' OR is_active = false OR is_deceased = true;
