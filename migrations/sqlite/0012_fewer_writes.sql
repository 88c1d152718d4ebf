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
