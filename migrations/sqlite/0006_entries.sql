-- Whether a user's tax number comes from their own certificate or from the operator; else somebody typed it for them.
ALTER TABLE users ADD COLUMN tax_id_is_trusted INTEGER NOT NULL DEFAULT 0 CHECK (tax_id_is_trusted IN (0, 1));

-- What an approval gave is looked for when it is shown or revoked.
CREATE INDEX tokens_approval ON tokens (approval_id) WHERE approval_id IS NOT NULL;
