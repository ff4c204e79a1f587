-- What a call asked for: until now it could only be a tool. Earlier rows of calls are of tools/call.
ALTER TABLE audit_events ADD COLUMN method TEXT;
-- The name of a resource or of a template; addresses are not recorded.
ALTER TABLE audit_events ADD COLUMN resource TEXT;
ALTER TABLE audit_events ADD COLUMN prompt TEXT;
