-- Whether a user's tax number comes from their own certificate or from the operator; else somebody typed it for them.
ALTER TABLE users ADD COLUMN tax_id_is_trusted boolean NOT NULL DEFAULT false;

-- What an approval gave is looked for when it is shown or revoked.
CREATE INDEX tokens_approval ON tokens (approval_id) WHERE approval_id IS NOT NULL;
