-- A support desk to try the tools on: the same rows wherever this file is applied, for nothing here
-- is random and no clock is read. Everything after the two tickets by hand is made of one list of
-- problems, picked and filled in by arithmetic on the number of the row.

INSERT INTO customers (id, name, email, company, plan, created_at) VALUES
  ('12345', 'Jordan Ellis', 'jordan.ellis@northwind.example', 'Northwind Traders', 'business', 1698796800),
  ('12346', 'Priya Raman', 'priya@lumenworks.example', 'Lumen Works', 'team', 1704067200),
  ('12347', 'Mateus Carvalho', 'mateus@portolog.example', 'Porto Logistics', 'enterprise', 1672531200),
  ('12348', 'Hanna Lindqvist', 'hanna.lindqvist@fjordbank.example', 'Fjord Bank', 'enterprise', 1654041600),
  ('12349', 'Tom Adeyemi', 'tom@brightclass.example', 'BrightClass', 'free', 1740787200),
  ('12350', 'Yuki Tanabe', 'y.tanabe@kitsuneworks.example', 'Kitsune Works', 'team', 1719792000),
  ('12351', 'Claire Dubois', 'claire.dubois@atelier9.example', 'Atelier 9', 'business', 1711929600),
  ('12352', 'Omar Haddad', 'omar@sahelfoods.example', 'Sahel Foods', 'business', 1730419200),
  ('12353', 'Grace Kim', 'grace@harborclinic.example', 'Harbor Clinic', 'enterprise', 1685577600),
  ('12354', 'Lukas Steiner', 'lukas@alpenrad.example', 'Alpenrad', 'team', 1748736000),
  ('12355', 'Maya Torres', 'maya@sunvalleyfarms.example', 'Sun Valley Farms', 'free', 1751328000);

INSERT INTO tickets
  (id, customer_id, subject, description, status, priority, assignee_id, reporter_id,
   created_by, created_at, updated_by, updated_at)
VALUES
  (123, '12345', 'Login issue: password accepted, then back to the sign-in page',
   'Since this morning Jordan signs in, sees the dashboard for a second and is sent back to the sign-in page. Happens in Chrome and Safari, on two computers. A colleague on the same network has no trouble.',
   'open', 'high', 'ana.silva', 'ben.okafor', 'seed', 1792580400, 'seed', 1792587600),
  (124, '12345', 'Billing discrepancy: charged for 25 seats, 21 in use',
   'Invoice INV-88213 for October lists 25 seats. Four people left in September and were removed on the 28th. Jordan asks for a corrected invoice before the end of the month.',
   'open', 'medium', NULL, 'chloe.martin', 'seed', 1792594800, 'seed', 1792594800);

INSERT INTO comments (ticket_id, body, created_by, created_at) VALUES
  (123, 'Asked for the exact time of the last attempt and whether a private window behaves the same.', 'ana.silva', 1792584000),
  (123, 'Jordan: 09:42 CET, and yes, the same in a private window.', 'ana.silva', 1792587600);

WITH RECURSIVE
  numbers (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM numbers WHERE i < 360),
  problems (at, subject, description, priority) AS (
    SELECT key, value ->> 0, value ->> 1, value ->> 2 FROM json_each('[
      ["Password reset mail never arrives", "Asked for a reset three times from {device}. Nothing in the inbox, nothing in spam. The address on file is right.", "high"],
      ["Two-factor codes are refused", "New phone since {day}. Every code from the authenticator is answered with “invalid code”. Recovery codes are lost.", "high"],
      ["Charged twice for invoice {invoice}", "The card shows two payments of {amount} EUR on {day}. Only one invoice exists.", "high"],
      ["VAT number missing on {invoice}", "Their accountant refuses {invoice} without the VAT number. It was entered in the settings in spring.", "low"],
      ["Export to CSV stops at 10,000 rows", "The report has about {count} rows. The file ends at 10,000 without a word. Tried from {device}.", "medium"],
      ["Cannot add a card: “issuer declined”", "Two different cards are declined for {amount} EUR. The bank says no request ever reached it.", "medium"],
      ["Dashboard takes a minute to load", "Since {day} the overview needs 40 to 70 seconds on {device}. Other pages are quick.", "medium"],
      ["Webhook deliveries arrive late", "Deliveries that took a second now take up to {count} seconds. Their queue in front shows no backlog.", "high"],
      ["Whole team signed out every hour", "All {count} people of the account are signed out once an hour since {day}. Session length is set to 14 days.", "urgent"],
      ["Question about the data processing agreement", "Legal wants to know which sub-processors are used in {region} and where backups are kept.", "low"],
      ["Invitation link says it has expired", "Invited a colleague on {day}; the link was opened within minutes and was already expired.", "medium"],
      ["Please move our account to {region}", "New customers of theirs require data in {region}. They ask what a move involves and how long it takes.", "medium"],
      ["API answers 429 far below the limit", "About {count} requests a minute, limit is 600. Logs attached. Started on {day}.", "high"],
      ["Search finds nothing with umlauts", "Looking for “Müller” finds nothing, “Muller” finds him. Was fine until {day}.", "low"],
      ["Attachment upload fails above 20 MB", "Uploads stop at 100% and then show “network error”. {device}, wired connection.", "medium"],
      ["Refund for unused seats", "Downgraded from {count} seats on {day} and expected {amount} EUR back. Nothing on the statement yet.", "medium"],
      ["Time zone of reports is wrong", "Daily report covers 02:00 to 02:00. The account is set to {region}. Shows the same on {device}.", "low"],
      ["Single sign-on loops after certificate change", "They rolled the certificate of their identity provider on {day}. Since then sign-in ends where it began.", "urgent"],
      ["Deleted project by mistake", "A project with {count} records was deleted on {day}. They ask whether it can be restored.", "urgent"],
      ["Feature request: dark theme", "Night shift works on {device} and asks for a dark theme, at least for the ticket list.", "low"],
      ["Mobile app crashes on opening a photo", "{device}, latest version. Opening any photo taken after {day} closes the app.", "medium"],
      ["Cancel subscription at end of term", "They close the account when the term ends on {day} and want {count} records exported first.", "medium"],
      ["Audit log lacks the name of who changed a role", "An administrator was removed on {day}; the entry shows “system”. Their auditor asks who it was.", "high"],
      ["Cannot change the billing contact", "The person who left is still the contact for {invoice}. The form says “not permitted”.", "low"]
    ]')
  ),
  agents (at, id) AS (
    SELECT key, value FROM json_each('["ana.silva","ben.okafor","chloe.martin","dmitri.petrov","emi.tanaka"]')
  ),
  devices (at, name) AS (
    SELECT key, value FROM json_each('["Firefox on Windows","Chrome on a Mac","Safari on an iPad","a Pixel 9","an iPhone 16","Edge on Windows"]')
  ),
  regions (at, name) AS (
    SELECT key, value FROM json_each('["Frankfurt","Dublin","São Paulo","Singapore","Toronto"]')
  ),
  desk (at, id) AS (SELECT row_number() OVER (ORDER BY id) - 1, id FROM customers WHERE id <> '12345'),
  -- Roughly one ticket in 19 hours, from January to October 2026.
  drawn AS (
    SELECT i,
      1767225600 + i * 70000 + (i * 104729) % 50000 AS created_at,
      (i * 7919) % 97 AS luck,
      problems.*, agents.id AS agent, devices.name AS device, regions.name AS region,
      desk.id AS customer_id
    FROM numbers
      JOIN problems ON problems.at = (i * 5 + i / 24) % 24
      JOIN agents ON agents.at = (i * 3 + i / 11) % 5
      JOIN devices ON devices.at = (i * 7 + i / 5) % 6
      JOIN regions ON regions.at = (i * 2 + i / 7) % 5
      JOIN desk ON desk.at = (i * 7 + i / 13) % 10
  ),
  judged AS (
    -- Old tickets are closed, but for a few; of those of the last weeks most are not.
    SELECT *, CASE
      WHEN i <= 280 AND luck >= 6 OR i > 280 AND luck < 30 THEN 'closed'
      WHEN luck % 3 = 0 THEN 'pending'
      ELSE 'open' END AS status
    FROM drawn
  ),
  worded AS (
    -- Subject and description as one text, so that each blank is filled in once.
    SELECT *, replace(replace(replace(replace(replace(replace(
      subject || char(10) || description,
      '{device}', device),
      '{region}', region),
      '{invoice}', 'INV-' || (70000 + i * 37)),
      '{amount}', printf('%d.%02d', 18 + luck * 7, i * 35 % 100)),
      '{count}', 3 + luck * 4),
      '{day}', date(created_at - (1 + luck % 6) * 86400, 'unixepoch')) AS words
    FROM judged
  )
INSERT INTO tickets
  (id, customer_id, subject, description, status, priority, assignee_id, reporter_id,
   created_by, created_at, updated_by, updated_at, closed_by, closed_at, resolution)
SELECT 1000 + i, customer_id,
  substr(words, 1, instr(words, char(10)) - 1), substr(words, instr(words, char(10)) + 1),
  status, priority,
  CASE WHEN status = 'open' AND luck % 2 = 0 THEN NULL ELSE agent END,
  (SELECT id FROM agents WHERE agents.at = i % 5),
  'seed', created_at, 'seed',
  created_at + CASE status WHEN 'open' THEN 0 ELSE 3600 + luck * 2400 END,
  CASE status WHEN 'closed' THEN agent END,
  CASE status WHEN 'closed' THEN created_at + 3600 + luck * 2400 END,
  CASE status WHEN 'closed' THEN CASE luck % 5
    WHEN 0 THEN 'Solved; the customer confirmed.'
    WHEN 1 THEN 'A setting on the customer side. Sent the steps, works since.'
    WHEN 2 THEN 'The customer found the cause and withdrew the ticket.'
    WHEN 3 THEN 'Corrected by hand and explained by mail.'
    ELSE 'Explained; nothing to change for now.' END END
FROM worded
ORDER BY i;

-- What was said on them: a first answer, and one more line on every other ticket.
WITH lines (at, first, second) AS (
  SELECT key, value ->> 0, value ->> 1 FROM json_each('[
    ["Thanks, we are looking into it. Which browser and version is this?", "Answered: the newest version of both, same on a second computer."],
    ["Reproduced on a test account. Handed to the team that owns it.", "The cause is found; a fix goes out with the next release."],
    ["Asked for a screenshot and the exact time.", "Screenshot received, it shows the request id. Looking it up."],
    ["Checked the account: nothing unusual in the last thirty days.", "The customer wrote again and asks when to expect an answer."],
    ["Called the customer, who is fine with waiting until next week.", "Reminded the customer, no answer yet."],
    ["Accounting has the details and needs two working days.", "Accounting confirms that the customer is right."]
  ]')
)
INSERT INTO comments (ticket_id, body, created_by, created_at)
SELECT tickets.id, CASE turn.value WHEN 0 THEN lines.first ELSE lines.second END, tickets.assignee_id,
  tickets.created_at + 1200 + turn.value * 1800
FROM tickets
  JOIN lines ON lines.at = (tickets.id * 5 + tickets.id / 6) % 6
  JOIN json_each('[0,1]') AS turn
WHERE tickets.id > 1000 AND tickets.assignee_id IS NOT NULL AND (turn.value = 0 OR tickets.id % 2 = 0)
ORDER BY tickets.id, turn.value;
