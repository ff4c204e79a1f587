-- What happened: sign-ins, consents, grants, refusals, calls. Written by the queue consumer only.
CREATE TABLE audit_events (
  tenant TEXT NOT NULL,
  -- 128 random bits: an event that is delivered twice is one row.
  event_id TEXT NOT NULL,
  version INTEGER NOT NULL,
  type TEXT NOT NULL,
  -- Epoch milliseconds, unlike elsewhere: a call's events are often less than a second apart.
  at INTEGER NOT NULL,
  correlation_id TEXT NOT NULL,
  call_id TEXT,
  -- kind:id
  subject TEXT,
  actor TEXT,
  client_id TEXT,
  client_label TEXT,
  -- Separated by spaces.
  scopes TEXT,
  module TEXT,
  tool TEXT,
  grant_id TEXT,
  session TEXT,
  source_address TEXT,
  user_agent TEXT,
  outcome TEXT NOT NULL,
  detail TEXT,
  duration_ms INTEGER,
  argument_chars INTEGER,
  result_chars INTEGER,
  count INTEGER,
  PRIMARY KEY (tenant, event_id)
);
CREATE INDEX audit_events_by_time ON audit_events (tenant, at);
CREATE INDEX audit_events_by_type ON audit_events (tenant, type, at);
CREATE INDEX audit_events_by_subject ON audit_events (tenant, subject, at) WHERE subject IS NOT NULL;
CREATE INDEX audit_events_by_client ON audit_events (tenant, client_id, at) WHERE client_id IS NOT NULL;
CREATE INDEX audit_events_by_tool ON audit_events (tenant, module, tool, at) WHERE module IS NOT NULL;
CREATE INDEX audit_events_by_grant ON audit_events (tenant, grant_id, at) WHERE grant_id IS NOT NULL;

-- A record that can be corrected is no record.
CREATE TRIGGER audit_events_stay BEFORE UPDATE ON audit_events
BEGIN
  SELECT RAISE(ABORT, 'audit events are never changed');
END;
