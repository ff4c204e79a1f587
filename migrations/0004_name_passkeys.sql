-- What a person calls a passkey, to tell it from their others.
ALTER TABLE passkeys ADD COLUMN name TEXT;

-- Which passkey an event is about: 128 bits of the SHA-256 of its id, base64url.
ALTER TABLE audit_events ADD COLUMN passkey TEXT;
