-- OAuth clients that registered themselves. Client ID Metadata Documents are not stored.
CREATE TABLE clients (
  tenant TEXT NOT NULL,
  client_id TEXT NOT NULL,
  -- The provider's own JSON record; secrets in it are hashes.
  record TEXT NOT NULL,
  -- SHA-256 of what a public client registered, so that registering twice is one client.
  metadata_hash TEXT,
  registered_at INTEGER NOT NULL,
  -- Epoch seconds; renewed by the provider while the client is in use. Null: registered for good.
  expires_at INTEGER,
  PRIMARY KEY (tenant, client_id)
);
CREATE UNIQUE INDEX clients_by_metadata ON clients (tenant, metadata_hash) WHERE metadata_hash IS NOT NULL;
CREATE INDEX clients_by_registration ON clients (tenant, registered_at);

-- Who registered when, to slow down floods. Rows older than a day are deleted.
CREATE TABLE client_registrations (
  tenant TEXT NOT NULL,
  source TEXT NOT NULL,
  at INTEGER NOT NULL
);
CREATE INDEX client_registrations_by_time ON client_registrations (tenant, at);

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
