-- Where a registration in the cabinet came from, for its audit.
ALTER TABLE cabinet_registrations ADD COLUMN client_address TEXT;
