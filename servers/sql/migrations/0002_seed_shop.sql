-- A shop to ask questions about: the same rows wherever this file is applied, for nothing here is
-- random and no clock is read. Everything is picked by arithmetic on the number of the row.

WITH RECURSIVE
  numbers (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM numbers WHERE i < 60),
  given (at, name) AS (SELECT key, value FROM json_each('["Ada","Bruno","Chiara","Dario","Elif","Femke","Goran","Hana","Ivo","Jana","Kofi","Lena","Marek","Noor","Olga"]')),
  family (at, name) AS (SELECT key, value FROM json_each('["Almeida","Brandt","Costa","Dubois","Eriksen","Fischer","García","Horvat","Ivanova","Jansen","Kowalski"]')),
  place (at, city, country) AS (
    SELECT key, value ->> 0, value ->> 1 FROM json_each('[["Berlin","DE"],["Hamburg","DE"],["Wien","AT"],["Zürich","CH"],["Paris","FR"],["Lyon","FR"],["Milano","IT"],["Utrecht","NL"],["Kraków","PL"],["Porto","PT"]]')
  )
INSERT INTO customers (id, name, email, phone, city, country, segment, signed_up_on)
SELECT i,
  CASE WHEN i % 6 = 0 THEN family.name || ' GmbH' ELSE given.name || ' ' || family.name END,
  lower(given.name) || '.' || i || '@mail' || (i % 4) || '.example',
  CASE WHEN i % 5 <> 0 THEN printf('+49 30 555%04d', i * 137 % 10000) END,
  city, country,
  CASE WHEN i % 6 = 0 THEN 'business' ELSE 'consumer' END,
  date('2024-02-01', '+' || (i * 53 % 900) || ' days')
FROM numbers
  JOIN given ON given.at = i * 7 % 15
  JOIN family ON family.at = i * 4 % 11
  JOIN place ON place.at = i * 3 % 10;

WITH goods (at, category, name, price_cents) AS (
  SELECT key + 1, value ->> 0, value ->> 1, value ->> 2 FROM json_each('[
    ["kitchen","Cast-iron pan, 28 cm",4990],["kitchen","Chef’s knife",7450],["kitchen","Bread box",3290],
    ["kitchen","Coffee grinder",5900],["kitchen","Measuring cups, set of 5",1290],["kitchen","Spice rack",2450],
    ["kitchen","Water kettle",4190],["kitchen","Cutting board, oak",2990],["office","Desk lamp",3990],
    ["office","Notebook, dotted",990],["office","Fountain pen",2890],["office","Monitor stand",4490],
    ["office","Paper shredder",8990],["office","Desk mat, felt",1990],["office","Wall calendar 2027",1490],
    ["office","Chair, mesh",18900],["garden","Pruning shears",2190],["garden","Watering can, 10 l",1890],
    ["garden","Raised bed",8900],["garden","Bird feeder",2690],["garden","Garden hose, 25 m",3490],
    ["garden","Compost bin",5490],["garden","Solar lights, set of 6",2990],["garden","Hammock",6900],
    ["travel","Cabin suitcase",11900],["travel","Packing cubes, set of 4",2490],["travel","Neck pillow",1790],
    ["travel","Rain jacket",8990],["travel","Travel adapter",1990],["travel","Daypack, 20 l",5490],
    ["travel","Thermos bottle",2790],["travel","Document pouch",1590],["audio","Headphones, over-ear",12900],
    ["audio","Earbuds",6990],["audio","Bluetooth speaker",7990],["audio","Turntable",24900],
    ["audio","Microphone, USB",8490],["audio","Record cleaning kit",1990],["audio","Speaker cable, 10 m",1290],
    ["audio","Radio alarm clock",3990]
  ]')
)
INSERT INTO products (id, sku, name, category, price_cents, stock)
SELECT at, upper(substr(category, 1, 3)) || '-' || printf('%03d', at), name, category, price_cents,
  CASE WHEN at % 13 = 0 THEN 0 ELSE at * 37 % 140 END
FROM goods;

-- An order roughly every 25 hours, from January to November 2026; the last ones are not out yet.
WITH RECURSIVE
  numbers (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM numbers WHERE i < 300),
  dated AS (
    SELECT i, datetime(1767229200 + i * 90000 + i * 7919 % 40000, 'unixepoch') AS at FROM numbers
  )
INSERT INTO orders (id, customer_id, status, ordered_at, shipped_on, delivery_address)
SELECT 5000 + i, 1 + (i * 17 + i / 9) % 57,
  CASE WHEN i > 288 THEN 'pending' WHEN i > 276 THEN 'shipped' WHEN i % 14 = 0 THEN 'returned' ELSE 'delivered' END,
  at,
  CASE WHEN i <= 288 THEN date(at, '+' || (1 + i % 4) || ' days') END,
  'Musterweg ' || (1 + i * 29 % 180)
FROM dated;

-- One to four products each, never the same one twice, bought at the price of then.
WITH RECURSIVE
  lines (at) AS (SELECT 0 UNION ALL SELECT at + 1 FROM lines WHERE at < 3)
INSERT INTO order_items (order_id, product_id, quantity, unit_price_cents)
SELECT orders.id, products.id, 1 + (orders.id + at * 3) % 3 * (orders.id % 2),
  products.price_cents - products.price_cents * (orders.id % 3) / 20
FROM orders
  JOIN lines ON at <= orders.id * 7 % 4
  JOIN products ON products.id = 1 + (orders.id * 11 + at * 9 + orders.id / 7) % 40;
