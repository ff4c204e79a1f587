-- Times are seconds since the epoch. created_by, updated_by and closed_by are ids of callers as the
-- platform knows them; assignee_id and reporter_id are too, for tickets made through the tools.

CREATE TABLE customers (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  email TEXT NOT NULL,
  company TEXT NOT NULL,
  plan TEXT NOT NULL CHECK (plan IN ('free', 'team', 'business', 'enterprise')),
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE tickets (
  -- AUTOINCREMENT: the number of a deleted ticket never comes back as another one's.
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  customer_id TEXT NOT NULL REFERENCES customers (id),
  subject TEXT NOT NULL,
  description TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('open', 'pending', 'closed')),
  priority TEXT NOT NULL CHECK (priority IN ('low', 'medium', 'high', 'urgent')),
  assignee_id TEXT,
  reporter_id TEXT NOT NULL,
  created_by TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_by TEXT NOT NULL,
  updated_at INTEGER NOT NULL,
  closed_by TEXT,
  closed_at INTEGER,
  resolution TEXT,
  CHECK ((status = 'closed') = (closed_at IS NOT NULL))
) STRICT;

-- One index for each way into the list, newest first; the id settles equal times.
CREATE INDEX tickets_by_age ON tickets (created_at DESC, id DESC);
CREATE INDEX tickets_by_status ON tickets (status, created_at DESC, id DESC);
CREATE INDEX tickets_by_assignee ON tickets (assignee_id, created_at DESC, id DESC);
CREATE INDEX tickets_by_customer ON tickets (customer_id, created_at DESC, id DESC);

CREATE TABLE comments (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  ticket_id INTEGER NOT NULL REFERENCES tickets (id),
  body TEXT NOT NULL,
  created_by TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;

CREATE INDEX comments_by_ticket ON comments (ticket_id, id);
