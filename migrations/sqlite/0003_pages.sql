-- What the pages keep between two requests of one browser.

CREATE TABLE sessions (
    id_hash    BLOB PRIMARY KEY,
    data       TEXT NOT NULL CHECK (json_valid(data)),
    expires_at TEXT NOT NULL
) STRICT;
CREATE INDEX sessions_expires_at ON sessions (expires_at);

-- One way of one browser through the pages, from the entry to the client's redirect_uri.
-- first_page is the address of the room that began the flow; payload belongs to the room that began the flow; it holds personal data and is cleared when the flow ends.
CREATE TABLE flows (
    id           BLOB PRIMARY KEY,
    browser_hash BLOB NOT NULL,
    first_page   TEXT NOT NULL,
    stage        TEXT NOT NULL CHECK (stage IN ('details', 'accept', 'accepted', 'declined')),
    client_id    BLOB NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    redirect_uri TEXT NOT NULL,
    scope        TEXT NOT NULL,
    state        TEXT,
    payload      TEXT NOT NULL CHECK (json_valid(payload)),
    token_id     BLOB,
    code_id      BLOB,
    inserted_at  TEXT NOT NULL,
    expires_at   TEXT NOT NULL
) STRICT;
CREATE INDEX flows_expires_at ON flows (expires_at);
