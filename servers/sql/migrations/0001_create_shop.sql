-- A small web shop. Dates and times are text in UTC, as SQLite's own functions take and give them;
-- amounts are euro cents. shop.ts declares which of this queries can see.

CREATE TABLE customers (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  email TEXT NOT NULL,
  phone TEXT,
  city TEXT NOT NULL,
  country TEXT NOT NULL,
  segment TEXT NOT NULL CHECK (segment IN ('consumer', 'business')),
  signed_up_on TEXT NOT NULL
) STRICT;

CREATE TABLE products (
  id INTEGER PRIMARY KEY,
  sku TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  category TEXT NOT NULL,
  price_cents INTEGER NOT NULL,
  stock INTEGER NOT NULL
) STRICT;

CREATE TABLE orders (
  id INTEGER PRIMARY KEY,
  customer_id INTEGER NOT NULL REFERENCES customers (id),
  status TEXT NOT NULL CHECK (status IN ('pending', 'shipped', 'delivered', 'returned')),
  ordered_at TEXT NOT NULL,
  shipped_on TEXT,
  delivery_address TEXT NOT NULL,
  CHECK ((status = 'pending') = (shipped_on IS NULL))
) STRICT;

CREATE TABLE order_items (
  id INTEGER PRIMARY KEY,
  order_id INTEGER NOT NULL REFERENCES orders (id),
  product_id INTEGER NOT NULL REFERENCES products (id),
  quantity INTEGER NOT NULL CHECK (quantity > 0),
  unit_price_cents INTEGER NOT NULL,
  UNIQUE (order_id, product_id)
) STRICT;

-- One index for each way from one table to another, and for the questions of every day.
CREATE INDEX orders_by_customer ON orders (customer_id);
CREATE INDEX orders_by_time ON orders (ordered_at);
CREATE INDEX order_items_by_product ON order_items (product_id);
