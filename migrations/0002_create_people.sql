-- Everyone who signs in.
CREATE TABLE people (
  tenant TEXT NOT NULL,
  -- `random.mac`, see UserIds.
  person_id TEXT NOT NULL,
  name TEXT NOT NULL,
  email TEXT,
  role TEXT NOT NULL CHECK (role IN ('operator', 'member')),
  created_at INTEGER NOT NULL,
  PRIMARY KEY (tenant, person_id)
);

-- WebAuthn credentials (passkeys).
CREATE TABLE passkeys (
  tenant TEXT NOT NULL,
  -- base64url
  credential_id TEXT NOT NULL,
  person_id TEXT NOT NULL,
  -- COSE key, base64url
  public_key TEXT NOT NULL,
  counter INTEGER NOT NULL,
  transports TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  last_used_at INTEGER,
  PRIMARY KEY (tenant, credential_id)
);
CREATE INDEX passkeys_by_person ON passkeys (tenant, person_id);

-- The one-time setup link: the hash of a code that has been used up.
CREATE TABLE used_setup_codes (
  tenant TEXT NOT NULL,
  code_hash TEXT NOT NULL,
  used_at INTEGER NOT NULL,
  PRIMARY KEY (tenant, code_hash)
);
