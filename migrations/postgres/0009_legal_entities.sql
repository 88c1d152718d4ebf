-- What a form that a patient signs says of the institution.
ALTER TABLE legal_entities ADD COLUMN license TEXT;
ALTER TABLE legal_entities ADD COLUMN address TEXT;
ALTER TABLE legal_entities ADD COLUMN phone TEXT;
ALTER TABLE legal_entities ADD COLUMN email TEXT;
