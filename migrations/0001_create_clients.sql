-- OAuth clients that registered themselves. Client ID Metadata Documents are not stored.
CREATE TABLE clients (
  tenant TEXT NOT NULL,
  client_id TEXT NOT NULL,
  -- The provider's own JSON record; secrets in it are hashes.
  record TEXT NOT NULL,
  -- SHA-256 of what a public client registered, so that registering twice is one client.
  metadata_hash TEXT,
  registered_at INTEGER NOT NULL,
  -- Whether somebody has ever let it in. Of those nobody has, only the newest are kept.
  let_in INTEGER NOT NULL DEFAULT 0,
  -- Epoch seconds; renewed by the provider while the client is in use. Null: registered for good.
  expires_at INTEGER,
  PRIMARY KEY (tenant, client_id)
);
CREATE UNIQUE INDEX clients_by_metadata ON clients (tenant, metadata_hash) WHERE metadata_hash IS NOT NULL;
CREATE INDEX clients_by_expiry ON clients (tenant, expires_at) WHERE expires_at IS NOT NULL;
CREATE INDEX clients_nobody_let_in ON clients (tenant, registered_at) WHERE let_in = 0 AND expires_at IS NOT NULL;

-- How many registrations were let through in the last minute and from where, to slow down floods.
-- Those that were not leave no row.
CREATE TABLE registration_counts (
  tenant TEXT NOT NULL,
  -- Epoch seconds.
  at INTEGER NOT NULL,
  -- A digest.
  source TEXT NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (tenant, at, source)
) WITHOUT ROWID;

-- Which grants a client holds, and whose: `UserGrants` objects know only their own user.
CREATE TABLE client_grants (
  tenant TEXT NOT NULL,
  grant_id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  client_id TEXT NOT NULL,
  resource TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (tenant, grant_id)
);
CREATE INDEX client_grants_by_client ON client_grants (tenant, client_id);
CREATE INDEX client_grants_by_user ON client_grants (tenant, user_id);
