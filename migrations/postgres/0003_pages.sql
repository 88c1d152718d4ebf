-- What the pages keep between two requests of one browser.

CREATE TABLE sessions (
    id_hash    BYTEA PRIMARY KEY,
    data       JSONB NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX sessions_expires_at ON sessions (expires_at);

-- One way of one browser through the pages, from the entry to the client's redirect_uri.
-- first_page is the address of the room that began the flow; payload belongs to the room that began the flow; it holds personal data and is cleared when the flow ends.
CREATE TABLE flows (
    id           UUID PRIMARY KEY,
    browser_hash BYTEA NOT NULL,
    first_page   TEXT NOT NULL,
    stage        TEXT NOT NULL CHECK (stage IN ('details', 'accept', 'accepted', 'declined')),
    client_id    UUID NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    redirect_uri TEXT NOT NULL,
    scope        TEXT NOT NULL,
    state        TEXT,
    payload      JSONB NOT NULL,
    token_id     UUID,
    code_id      UUID,
    inserted_at  TIMESTAMPTZ NOT NULL,
    expires_at   TIMESTAMPTZ NOT NULL
);
CREATE INDEX flows_expires_at ON flows (expires_at);
