/** Queries of the shop on its real database, and all that must not be one. @module */
import { env } from 'cloudflare:workers'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import sql from '../../servers/sql/index'
import { compile } from '../../servers/sql/language/compile'
import { MASK, TABLES } from '../../servers/sql/shop'
import { ToolError } from '../../src/sdk'
import { resultOf } from '../dispatch/harness'
import { callModule, openModule, wordsOf } from './call-module'

const by = { scopes: ['sql:read'] }

interface Answer {
  columns: string[]
  rows: (string | number | null)[][]
  redacted: string[]
  rows_read: number
  next_cursor?: string
}

async function ask(statement: string, cursor?: string): Promise<Answer> {
  const args = { sql: statement, ...(cursor !== undefined && { cursor }) }
  const result = await callModule(sql, 'query', args, by)
  if (result.outcome !== 'ok') throw new Error(wordsOf(result))
  return result.structuredContent as unknown as Answer
}
const rowsOf = async (statement: string) => (await ask(statement)).rows

async function refusal(statement: string, cursor?: string): Promise<string> {
  const args = { sql: statement, ...(cursor !== undefined && { cursor }) }
  const result = await callModule(sql, 'query', args, by)
  expect(result.outcome, statement).toBe('tool_error')
  return wordsOf(result)
}

/** What the database says without this module in between. */
async function direct(statement: string): Promise<(string | number | null)[][]> {
  return await env.DB_SQL.prepare(statement).raw<(string | number | null)[]>()
}

describe('the shop', () => {
  it('has some hundred orders, and the tables that are declared', async () => {
    expect(await direct('SELECT count(*) FROM orders')).toEqual([[300]])
    const [[items = 0] = []] = await direct('SELECT count(*) FROM order_items')
    expect(items).toBeGreaterThan(500)
    for (const [table, { columns }] of Object.entries(TABLES)) {
      const real = await direct(`SELECT name, type FROM pragma_table_info('${table}')`)
      const declared = Object.entries(columns).map(([name, { type }]) => [name, type])
      expect(real).toEqual(expect.arrayContaining(declared))
    }
  })

  it('declares as unique and as a reference only what has an index', async () => {
    for (const [table, { columns }] of Object.entries(TABLES)) {
      for (const [name, { unique, references }] of Object.entries(columns)) {
        if (!unique && references === undefined) continue
        const plan = await direct(`EXPLAIN QUERY PLAN SELECT 1 FROM ${table} WHERE ${name} = 1`)
        expect(plan.at(-1)?.at(-1), `${table}.${name}`).toMatch(/^SEARCH/)
      }
    }
  })

  it('holds what must not be seen, so that tests would see it', async () => {
    const found = await direct(
      "SELECT count(*) FROM customers WHERE email LIKE '%@%' AND email LIKE '%example'",
    )
    expect(found).toEqual([[60]])
  })
})

/** Each must come to what the database makes of it by itself. */
const ORDINARY = [
  'SELECT 1',
  'SELECT id, name FROM customers WHERE id <= 5 ORDER BY id',
  'select ID, Name from CUSTOMERS where Id between 3 and 7 order by 1 desc;',
  'SELECT "id" AS "the ""number""" FROM "orders" ORDER BY "id" LIMIT 3 OFFSET 2',
  'SELECT DISTINCT country FROM customers ORDER BY country',
  "SELECT count(*), count(DISTINCT city), min(signed_up_on), max(id) FROM customers WHERE country = 'DE'",
  'SELECT country, count(*) AS n FROM customers GROUP BY country HAVING n > 5 ORDER BY n DESC, country',
  'SELECT country c, count(*) n FROM customers GROUP BY c ORDER BY 2 DESC, 1 NULLS LAST',
  'SELECT category, sum(price_cents * stock) / 100.0 AS worth FROM products GROUP BY 1 ORDER BY worth DESC',
  `SELECT c.country, sum(i.quantity * i.unit_price_cents) AS revenue FROM customers AS c
     JOIN orders AS o ON o.customer_id = c.id JOIN order_items AS i ON i.order_id = o.id
     WHERE o.status <> 'returned' GROUP BY c.country ORDER BY revenue DESC`,
  `SELECT c.id, count(o.id) FROM customers c LEFT JOIN orders o ON o.customer_id = c.id
     AND o.status = 'pending' GROUP BY c.id ORDER BY c.id`,
  'SELECT o.id, c.name FROM orders o, customers c WHERE o.customer_id = c.id ORDER BY o.id LIMIT 10',
  'SELECT count(*) FROM customers CROSS JOIN products',
  'SELECT id FROM products WHERE id NOT IN (SELECT product_id FROM order_items WHERE order_id < 5020) ORDER BY id',
  "SELECT id FROM orders WHERE status IN ('pending', 'shipped') AND NOT id % 2 = 0 ORDER BY id",
  `SELECT name FROM customers AS c WHERE EXISTS (SELECT 1 FROM orders WHERE customer_id = c.id
     AND status = 'returned') ORDER BY id`,
  'SELECT id, (SELECT count(*) FROM orders o WHERE o.customer_id = c.id) FROM customers c ORDER BY id',
  `WITH per AS (SELECT customer_id, count(*) AS n FROM orders GROUP BY customer_id),
     best AS (SELECT * FROM per WHERE n = (SELECT max(n) FROM per))
     SELECT customers.name, best.n FROM best JOIN customers ON customers.id = best.customer_id ORDER BY 1`,
  'SELECT avg(n) FROM (SELECT count(*) AS n FROM orders GROUP BY customer_id) AS per',
  'SELECT id FROM customers WHERE id < 3 UNION SELECT id FROM products WHERE id < 5 ORDER BY id DESC',
  'SELECT id FROM products EXCEPT SELECT product_id FROM order_items WHERE order_id < 5020 ORDER BY 1',
  "SELECT CASE WHEN stock = 0 THEN 'none' WHEN stock < 50 THEN 'few' ELSE 'many' END AS s, count(*) FROM products GROUP BY s ORDER BY s",
  "SELECT CASE status WHEN 'pending' THEN 1 ELSE 0 END x, count(*) FROM orders GROUP BY x ORDER BY x",
  "SELECT strftime('%Y-%m', ordered_at) AS month, count(*) FROM orders GROUP BY month ORDER BY month",
  'SELECT id FROM orders WHERE shipped_on IS NULL ORDER BY id',
  'SELECT id FROM orders WHERE shipped_on NOTNULL AND shipped_on NOT NULL AND id IS NOT 5002 ORDER BY id LIMIT 4',
  'SELECT 2 + 3 * 4 - 10 / 4 % 2, -2 - -3, 7 - 2 - 1, 1 < 2 = 1, 1 = 1 < 2, NOT 1 = 2',
  "SELECT 'a' || 'b' || 1 + 2, 1 OR 0 AND 0, 5 BETWEEN 1 AND 9 = 1, - 3 || 4, 0.5e1, .5",
  "SELECT 'O''Brien', '--', '/* not */', ';', '', 'é🔑', 'a\nb'",
  "SELECT name FROM products WHERE name LIKE '%set of _%' ORDER BY name",
  "SELECT name FROM products WHERE name LIKE '28!%%' ESCAPE '!' OR name NOT LIKE '%a%' ORDER BY name",
  'SELECT name FROM products ORDER BY name COLLATE NOCASE DESC LIMIT 5',
  'SELECT CAST(price_cents AS REAL) / 100, CAST(id AS TEXT) || sku FROM products ORDER BY id LIMIT 3',
  "SELECT group_concat(sku, '|') FROM (SELECT sku FROM products ORDER BY id LIMIT 3) t",
  'SELECT coalesce(shipped_on, ordered_at), ifnull(NULL, 1), nullif(1, 1), iif(1, 2, 3) FROM orders ORDER BY id LIMIT 2',
  'SELECT max(1, 2), min(id, 3), abs(-1), round(2.567, 1), length(name), substr(name, 1, 3) FROM products ORDER BY id LIMIT 2',
  'SELECT TRUE, FALSE, NULL, NULL IS NULL, 1 IS 1',
  'SELECT p.*, p.id + 1 AS next FROM products p ORDER BY p.id LIMIT 2',
  'SELECT a.id, b.id FROM products a JOIN products b ON a.category = b.category AND a.id < b.id ORDER BY 1, 2 LIMIT 5',
]

describe('query', () => {
  it.each(ORDINARY)('comes to what SQLite makes of %s', async (statement) => {
    const { rows } = await ask(statement)
    expect(rows).toEqual((await direct(statement.replace(/;$/, ''))).slice(0, 100))
    expect(rows.length).toBeGreaterThan(0)
  })

  it('lets WITH use the name of a table, and of a query around it', async () => {
    const twice = 'WITH orders AS (SELECT id * 2 AS twice FROM orders)'
    expect(await rowsOf(`${twice} SELECT max(twice) FROM orders`)).toEqual([[10_600]])
    expect(
      await rowsOf(
        `${twice} SELECT (WITH orders AS (SELECT 1 AS x) SELECT x FROM orders) + max(twice) FROM orders`,
      ),
    ).toEqual([[10_601]])
  })

  it('calls columns what the statement calls them', async () => {
    const { columns } = await ask(
      'SELECT o.id, c.id, count(*), 1 + 1, name AS "Who?" FROM orders o JOIN customers c ON o.customer_id = c.id',
    )
    expect(columns).toEqual(['id', 'id', 'count', 'value', 'Who?'])
    expect((await ask('SELECT * FROM orders LIMIT 1')).columns).toEqual(
      Object.keys(TABLES.orders?.columns ?? {}),
    )
  })

  it('pages through rows a hundred at a time, each once', async () => {
    const statement = 'SELECT id FROM order_items ORDER BY id'
    const rows: unknown[][] = []
    let cursor: string | undefined
    do {
      const page = await ask(statement, cursor)
      rows.push(...page.rows)
      cursor = page.next_cursor
      if (cursor !== undefined) expect(page.rows).toHaveLength(100)
    } while (cursor !== undefined)
    expect(rows).toEqual(await direct(statement))
  })

  it.each([
    ['LIMIT 7', [7]],
    ['LIMIT 0', [0]],
    ['LIMIT 150', [100, 50]],
    ['LIMIT 100', [100]],
    ['LIMIT 100 OFFSET 250', [50]],
    ['LIMIT 1000 OFFSET 180', [100, 20]],
  ])('keeps the limit of the statement over pages: %s', async (limit, pages) => {
    const lengths: number[] = []
    let cursor: string | undefined
    do {
      const page = await ask(`SELECT id FROM orders ORDER BY id ${limit}`, cursor)
      lengths.push(page.rows.length)
      cursor = page.next_cursor
    } while (cursor !== undefined)
    expect(lengths).toEqual(pages)
  })

  it('stops after eleven pages, and says what to do', async () => {
    const statement = 'SELECT customers.id FROM customers CROSS JOIN products'
    let cursor: string | undefined
    for (let page = 0; page < 10; page++) cursor = (await ask(statement, cursor)).next_cursor
    expect(cursor).toBe('q1-1000')
    expect(await refusal(statement, cursor)).toContain('There are more than 1100 rows.')
  })

  it.each(['', 'q1', 'q1-0', 'q1-5000', 'q1--1', 'q1-100; DROP', "q1-100' --"])(
    'refuses the cursor %j',
    async (cursor) => {
      expect(await refusal('SELECT 1', cursor)).toContain('is not one of query')
    },
  )

  it('finds rows by index, also of a table with masked columns', async () => {
    expect((await ask('SELECT * FROM customers WHERE id = 7')).rows_read).toBe(1)
    const joined = await ask(
      'SELECT c.email, o.id FROM customers c JOIN orders o ON o.customer_id = c.id WHERE c.id = 7',
    )
    expect(joined.rows_read).toBeLessThan(20)
  })

  it('cuts long texts', async () => {
    const [[text = ''] = []] = await rowsOf(
      'SELECT group_concat(delivery_address || name) FROM orders o JOIN customers c ON o.customer_id = c.id',
    )
    expect(String(text)).toHaveLength(1001)
  })
})

/** Everything a client could try that is not one plain SELECT. */
const ATTACKS: [string, RegExp][] = [
  // Other statements.
  ['', /empty/],
  [' \n', /empty/],
  ['DELETE FROM orders', /Only SELECT/],
  ["INSERT INTO customers VALUES (1, 'x')", /Only SELECT/],
  ["UPDATE orders SET status = 'pending'", /Only SELECT/],
  ['REPLACE INTO orders VALUES (1)', /Only SELECT/],
  ['DROP TABLE orders', /Only SELECT/],
  ['CREATE TABLE x (id)', /Only SELECT/],
  ['CREATE TEMP TRIGGER t AFTER INSERT ON orders BEGIN SELECT 1; END', /Only SELECT/],
  ['ALTER TABLE orders RENAME TO x', /Only SELECT/],
  ['PRAGMA table_info(customers)', /Only SELECT/],
  ['PRAGMA writable_schema = 1', /Only SELECT/],
  ["ATTACH DATABASE 'x.db' AS x", /Only SELECT/],
  ['DETACH DATABASE main', /Only SELECT/],
  ["VACUUM INTO 'x.db'", /Only SELECT/],
  ['ANALYZE', /Only SELECT/],
  ['REINDEX', /Only SELECT/],
  ['BEGIN', /Only SELECT/],
  ['COMMIT', /Only SELECT/],
  ['SAVEPOINT x', /Only SELECT/],
  ['EXPLAIN SELECT 1', /Only SELECT/],
  ['EXPLAIN QUERY PLAN SELECT 1', /Only SELECT/],
  ['VALUES (1)', /Only SELECT/],
  ['(SELECT 1)', /Only SELECT/],
  // Stacked statements and comments.
  ['SELECT 1; DELETE FROM orders', /Only one statement/],
  ['SELECT 1;;', /Only one statement/],
  ['SELECT 1; SELECT 2', /Only one statement/],
  [';SELECT 1', /Only SELECT/],
  ['SELECT 1 -- ; DROP TABLE orders', /comments/],
  ['SELECT 1 /* hidden */', /comments/],
  ['SELECT/**/1', /comments/],
  ['SELECT 1 /*', /comments/],
  ['--\nSELECT 1', /comments/],
  ['SELECT 1--1', /comments/],
  // Writes in disguise.
  ['WITH x AS (DELETE FROM orders RETURNING *) SELECT * FROM x', /Only SELECT is allowed in WITH/],
  ['WITH x AS (SELECT 1) DELETE FROM orders', /Only SELECT is allowed after WITH/],
  ['WITH x AS (SELECT 1) INSERT INTO orders SELECT * FROM x', /Only SELECT is allowed after WITH/],
  ['SELECT * FROM (DELETE FROM orders RETURNING *)', /Only a SELECT stands in brackets/],
  ['SELECT 1 RETURNING 1', /over here/],
  ['SELECT * INTO x FROM orders', /over here|not understood|Expected/],
  ['SELECT * FROM orders FOR UPDATE', /over here/],
  // Tables that are there and not declared, and what is no table.
  ['SELECT * FROM sqlite_master', /no table "sqlite_master"/],
  ['SELECT * FROM sqlite_schema', /no table/],
  ['SELECT * FROM sqlite_temp_master', /no table/],
  ['SELECT * FROM sqlite_stat1', /no table/],
  ['SELECT * FROM "sqlite_master"', /no table/],
  ['SELECT * FROM d1_migrations', /no table/],
  ['SELECT * FROM _cf_KV', /no table/],
  ['SELECT * FROM main.orders', /one schema only/],
  ['SELECT * FROM main.sqlite_master', /one schema only/],
  ['SELECT main.orders.id FROM orders', /no schemas/],
  ["SELECT * FROM pragma_table_info('customers')", /read like a function/],
  ['SELECT * FROM pragma_database_list', /no table/],
  ["SELECT * FROM json_each('[1]')", /read like a function/],
  ['SELECT * FROM generate_series(1, 100000000)', /read like a function/],
  ['SELECT * FROM dbstat', /no table/],
  ['SELECT * FROM constructor', /no table/],
  ['SELECT * FROM __proto__', /no table/],
  ['SELECT (SELECT count(*) FROM sqlite_master)', /no table/],
  ['SELECT id FROM orders WHERE id IN (SELECT rootpage FROM sqlite_master)', /no table/],
  ['SELECT id FROM orders UNION SELECT sql FROM sqlite_master', /no table/],
  ['WITH orders AS (SELECT * FROM sqlite_master) SELECT * FROM orders', /no table/],
  // Columns that are there and not declared.
  ['SELECT rowid FROM customers', /no column "rowid"/],
  ['SELECT oid FROM customers', /no column/],
  ['SELECT _rowid_ FROM customers', /no column/],
  ['SELECT c.rowid FROM customers c', /no column/],
  ['SELECT "no such" FROM customers', /Texts stand in single quotes/],
  ['SELECT constructor FROM customers', /no column/],
  ['SELECT c0 FROM customers', /no column/],
  ['SELECT t0.email FROM customers', /no column "t0.email"/],
  ['SELECT id FROM customers WHERE x IN (SELECT id AS x FROM orders)', /no column "x"/],
  // Functions that do more than compute, and those that grow texts.
  ["SELECT load_extension('x.so')", /no function load_extension/],
  ["SELECT readfile('/etc/passwd')", /no function/],
  ["SELECT writefile('x', 'y')", /no function/],
  ['SELECT sqlite_version()', /no function/],
  ['SELECT random()', /no function/],
  ['SELECT randomblob(1000000000)', /no function/],
  ['SELECT zeroblob(1000000000)', /no function/],
  ["SELECT printf('%1000000000d', 1)", /no function/],
  ["SELECT format('%1000000000d', 1)", /no function/],
  ["SELECT replace('aa', 'a', 'aaaaaaaa')", /no function/],
  ['SELECT json_group_array(id) FROM orders', /no function/],
  ['SELECT quote(name) FROM customers', /no function/],
  ['SELECT char(0)', /no function/],
  ['SELECT last_insert_rowid()', /no function/],
  ['SELECT "count"(*) FROM orders', /.+/],
  ['SELECT main.count(*) FROM orders', /.+/],
  ['SELECT hasOwnProperty(1)', /no function/],
  // Work without an end.
  [
    'WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n) SELECT * FROM n',
    /Recursive/,
  ],
  ['WITH n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n) SELECT * FROM n', /no table "n"/],
  ['WITH a AS (SELECT * FROM b), b AS (SELECT 1 AS x) SELECT * FROM a', /no table "b"/],
  ['SELECT count(*) FROM orders, order_items, customers', /would go through about/],
  ['SELECT count(*) FROM order_items a CROSS JOIN order_items b', /would go through about/],
  ['SELECT count(*) FROM order_items a JOIN order_items b ON 1', /would go through about/],
  [
    'SELECT count(*) FROM order_items a JOIN order_items b ON a.id < b.id',
    /would go through about/,
  ],
  [
    'SELECT count(*) FROM order_items a JOIN order_items b ON a.id = b.id OR 1 = 1',
    /would go through/,
  ],
  [
    'SELECT count(*) FROM order_items a LEFT JOIN order_items b ON a.quantity = b.quantity',
    /would go/,
  ],
  ['SELECT (SELECT count(*) FROM order_items b WHERE b.id < a.id) FROM order_items a', /would go/],
  [
    'SELECT * FROM order_items a WHERE EXISTS (SELECT 1 FROM order_items b WHERE b.id > a.id + 1)',
    /would go/,
  ],
  [
    'SELECT id FROM order_items a ORDER BY (SELECT sum(b.id) FROM order_items b WHERE b.id < a.id)',
    /would go/,
  ],
  [
    'WITH a AS (SELECT x.id FROM orders x, orders y), b AS (SELECT 1 AS n FROM a, a AS z) SELECT * FROM b',
    /would go/,
  ],
  ['SELECT * FROM orders a, orders b LIMIT 1', /.+/],
  [
    `SELECT ${Array.from({ length: 17 }, () => '(SELECT 1)').join(' + ')} FROM ${Array.from({ length: 17 }, (_, i) => `customers a${i}`).join(', ')}`,
    /More than 16 tables/,
  ],
  [`SELECT ${'('.repeat(40)}1${')'.repeat(40)}`, /brackets inside each other/],
  [`SELECT ${'NOT '.repeat(2000)}1`, /above 4000|brackets inside/],
  [`SELECT ${'- '.repeat(500)}1`, /brackets inside/],
  [`SELECT ${'1+'.repeat(1500)}1`, /more than 1000/],
  [`SELECT '${'x'.repeat(5000)}'`, /above 4000/],
  [`SELECT ${'CASE WHEN 1 THEN '.repeat(60)}1${' END'.repeat(60)}`, /brackets inside/],
  ['SELECT sum(sum(id)) FROM orders', /of an aggregate/],
  ['SELECT id FROM orders WHERE count(*) > 1', /stand in HAVING/],
  // Signs that mean something else to others.
  ['SELECT id FROM `orders`', /double quotes/],
  ['SELECT [id] FROM orders', /double quotes/],
  ['SELECT ?', /no parameters/],
  ['SELECT ?1', /no parameters/],
  ['SELECT :a', /no parameters/],
  ['SELECT @a', /no parameters/],
  ['SELECT $a', /no parameters/],
  ["SELECT 'open", /not closed/],
  ['SELECT "open', /not closed/],
  ["SELECT x'00'", /Blobs/],
  ["SELECT X'00ff'", /Blobs/],
  ['SELECT 0x10', /no number/],
  ['SELECT 1e', /no number/],
  ['SELECT 1x', /no number/],
  ['SELECT 1.2.3', /no number/],
  ['SELECT 99999999999999999999', /no number/],
  ['SELECT 1 & 2', /not understood/],
  ['SELECT 1 << 2', /.+/],
  ['SELECT ~1', /not understood/],
  ["SELECT id -> '$.x' FROM orders", /.+/],
  ["SELECT 'a' GLOB 'b'", /use LIKE/],
  ["SELECT 'a' REGEXP 'b'", /use LIKE/],
  ["SELECT 'a' MATCH 'b'", /use LIKE/],
  ["SELECT a '.' '*' FROM orders a", /.+/],
  ["SELECT id AS 'text' FROM orders", /Expected a name/],
  ["SELECT id FROM orders '('", /double quotes/],
  ['SELECT id FROM orders INDEXED BY orders_by_time', /INDEXED/],
  ['SELECT id FROM orders NOT INDEXED', /INDEXED/],
  ['SELECT id, row_number() OVER () FROM orders', /no function/],
  ['SELECT sum(id) OVER () FROM orders', /Window/],
  ['SELECT count(*) FILTER (WHERE id > 1) FROM orders', /Window/],
  ['SELECT * FROM orders NATURAL JOIN customers', /NATURAL/],
  ['SELECT * FROM orders RIGHT JOIN customers ON 1', /RIGHT/],
  ['SELECT * FROM orders JOIN order_items USING (id)', /USING/],
  ['SELECT id FROM orders LIMIT 5, 5', /OFFSET/],
  ['SELECT id FROM orders LIMIT -1', /whole number/],
  ['SELECT id FROM orders LIMIT (SELECT 1)', /whole number/],
  ['SELECT id FROM orders LIMIT 1e9', /whole number/],
  ['SELECT id FROM orders ORDER BY 2', /no column number 2/],
  ['SELECT id FROM orders UNION SELECT id, status FROM orders', /number of columns/],
  ['SELECT id FROM orders WHERE id = (SELECT id, status FROM orders)', /one column/],
  ['SELECT id FROM orders JOIN customers ON customer_id = customers.id', /is in several tables/],
  ['SELECT orders.id FROM orders JOIN orders ON 1', /is there twice/],
  ['SELECT', /Expected/],
  ['SELECT FROM orders', /Expected a value/],
  ['SELECT id FROM', /Expected a table/],
  ['SELECT id orders', /no column/],
  ['SELECT * ', /needs FROM/],
  // Unicode.
  ['ＳＥＬＥＣＴ 1', /U\+FF33/],
  ['SELECT\u00A01', /U\+00A0/],
  ['SELECT 1\u200B', /U\+200B/],
  ['SELECT id FROM orders\uFF1B DROP TABLE orders', /U\+FF1B/],
  ['SELECT \u2018x\u2019', /U\+2018/],
  ['SELECT id FROM оrders', /U\+043E/], // a Cyrillic o
  ['SELECT id FROM "оrders"', /no table/],
  ['SELECT "ıd" FROM orders', /no column/],
  ['SELECT "İD" FROM orders', /no column/],
  ['SELECT "email\u0000" FROM customers', /control character/],
  ["SELECT 'a\u0000b'", /control character/],
  ['SELECT 1\u0000', /U\+0000/],
  ['SELECT \u0000', /U\+0000/],
  ["SELECT '\uD800'", /control character/],
  ['\uFEFFSELECT 1', /U\+FEFF/],
  ['SELECT 1 \u202E', /U\+202E/],
  ['SELECT 🔑', /U\+1F511/],
]

describe('what is not one plain SELECT', () => {
  it.each(ATTACKS)('is refused, and told why: %j', async (statement, why) => {
    if (statement.startsWith('SELECT * FROM orders a, orders b LIMIT')) {
      // A limit bounds what comes back; what is gone through is not larger than the tables allow.
      expect((await ask(statement)).rows).toHaveLength(1)
      return
    }
    const words = await refusal(statement)
    expect(words).toMatch(why)
    expect(words.length).toBeLessThan(900)
  })

  it('leaves everything as it was', async () => {
    expect(await direct('SELECT count(*) FROM orders')).toEqual([[300]])
    const objects = await direct("SELECT name FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'")
    expect(objects.flat()).toEqual(expect.arrayContaining(Object.keys(TABLES)))
  })

  it('is shown where it is wrong', async () => {
    const words = await refusal("SELECT id\nFROM orders\nWHERE status == 'x' AND stats = 1")
    expect(words).toContain('There is no column "stats".')
    expect(words).toContain('orders (id, customer_id, status,')
    expect(words).toContain('(Line 3, character 25, at `stats = 1`.)')
  })
})

/** Whatever is asked of a redacted column is asked of its mask. */
const ORACLES = [
  'SELECT email FROM customers',
  'SELECT * FROM customers',
  'SELECT c.* FROM customers c',
  'SELECT EMAIL, "email", "Email" FROM customers',
  'SELECT email AS name, phone AS city FROM customers',
  'SELECT customers.email AS x FROM customers',
  'SELECT x FROM (SELECT email AS x FROM customers)',
  'SELECT email FROM (SELECT * FROM customers)',
  'WITH a AS (SELECT email AS b FROM customers), c AS (SELECT b AS d FROM a) SELECT d FROM c',
  'WITH customers AS (SELECT * FROM customers) SELECT email FROM customers',
  'SELECT name FROM customers UNION ALL SELECT email FROM customers',
  'SELECT (SELECT email FROM customers c WHERE c.id = o.customer_id) FROM orders o',
  'SELECT delivery_address, c.email FROM orders JOIN customers c ON customer_id = c.id',
  "SELECT email || '', upper(email), substr(email, 1, 3), length(email), instr(email, '@') FROM customers",
  'SELECT CAST(email AS TEXT), coalesce(email, 1), (email), email COLLATE NOCASE, min(email, phone) FROM customers',
  "SELECT CASE WHEN email LIKE 'a%' THEN 'yes' ELSE 'no' END FROM customers",
  'SELECT min(email), max(email), group_concat(email), count(DISTINCT email) FROM customers',
  'SELECT email, count(*) FROM customers GROUP BY email',
  'SELECT count(*) AS email FROM customers GROUP BY email',
  "SELECT id FROM customers WHERE email LIKE 'ada%'",
  "SELECT id FROM customers WHERE email < 'b'",
  "SELECT id FROM customers WHERE email > 'b@'",
  'SELECT id FROM customers WHERE phone IS NULL',
  'SELECT id FROM customers WHERE phone IS NOT NULL',
  'SELECT count(phone) FROM customers',
  "SELECT id FROM customers WHERE email IN (SELECT 'ada.1@mail1.example')",
  "SELECT id FROM customers WHERE 'ada.1@mail1.example' = email",
  'SELECT id FROM customers WHERE unixepoch(email) > 0 OR abs(phone) > 0',
  'SELECT id FROM customers ORDER BY email, id',
  'SELECT id, upper(email) AS e FROM customers ORDER BY e DESC, id',
  'SELECT name AS email FROM customers ORDER BY lower(email), id',
  'SELECT id FROM customers GROUP BY id HAVING max(email) > 5 ORDER BY id',
  'SELECT a.id, b.id FROM customers a JOIN customers b ON a.email = b.email AND a.id = b.id',
  'SELECT DISTINCT email FROM customers',
  'SELECT id FROM customers WHERE EXISTS (SELECT 1 FROM orders WHERE delivery_address LIKE email)',
]

describe('redacted columns', () => {
  const SECRETS = Object.entries(TABLES).flatMap(([table, { columns }]) =>
    Object.entries(columns)
      .filter(([, { redacted }]) => redacted)
      .map(([name]) => [table, name] as const),
  )

  /** Answers to all of these, on whatever the columns hold. */
  const answers = async () => {
    const found: unknown[] = []
    for (const statement of ORACLES) {
      const { rows, redacted } = await ask(statement)
      found.push({ statement, rows, redacted })
    }
    return found
  }

  it('say nothing of what they hold, however they are asked', async () => {
    const before = await answers()
    const text = JSON.stringify(before)
    expect(text).toContain(MASK)
    for (const [table, name] of SECRETS) {
      for (const [value] of await direct(`SELECT ${name} FROM ${table} WHERE ${name} NOTNULL`)) {
        expect(text).not.toContain(String(value))
      }
    }
    // The proof: with other values in every row, no answer is another one.
    for (const [table, name] of SECRETS) {
      const kept = await direct(`SELECT id, ${name} FROM ${table}`)
      await env.DB_SQL.prepare(`UPDATE ${table} SET ${name} = 'b' || (id * 7919 % 101)`).run()
      try {
        expect(await answers(), `${table}.${name}`).toEqual(before)
      } finally {
        const put = env.DB_SQL.prepare(`UPDATE ${table} SET ${name} = ?2 WHERE id = ?1`)
        await env.DB_SQL.batch(kept.map(([id, value]) => put.bind(id, value)))
      }
    }
  })

  it('are named where they were masked', async () => {
    expect((await ask('SELECT * FROM customers LIMIT 1')).redacted).toEqual([
      'customers.email',
      'customers.phone',
    ])
    expect((await ask("SELECT id FROM customers WHERE email = 'x'")).redacted).toEqual([
      'customers.email',
    ])
    expect((await ask('SELECT id FROM customers LIMIT 1')).redacted).toEqual([])
  })
})

describe('statements that are nearly right', () => {
  const WORDS = ORDINARY.flatMap((it) => it.match(/'[^']*'|"[^"]*"|\w+|[^\s\w]/g) ?? [])
  const mutated = fc
    .tuple(
      fc.constantFrom(...ORDINARY, ...ORACLES),
      fc.array(
        fc.record({
          at: fc.nat(60),
          cut: fc.nat(2),
          put: fc.constantFrom('', '(', ')', ',', 'email', '*', 'c0', 't0', ...WORDS),
        }),
        { minLength: 1, maxLength: 3 },
      ),
    )
    .map(([statement, changes]) => {
      const words = statement.match(/'[^']*'|"[^"]*"|\w+|\s+|[^\s\w]/g) ?? []
      for (const { at, cut, put } of changes) words.splice(at % words.length, cut, ` ${put} `)
      return words.join('')
    })

  it('are refused by the parser, or run as SQL that names nothing but what is declared', async () => {
    const sizes = { customers: 60, products: 40, orders: 300, order_items: 700 }
    const told = new Set<string>()
    const accepted: string[] = []
    const property = fc.property(mutated, (statement) => {
      try {
        const { sql } = compile(statement, sizes, { limit: 11, offset: 0 })
        const bare = sql.replaceAll(/'(?:[^']|'')*'/g, "''")
        expect(bare).not.toMatch(/email|phone|delivery_address|sqlite|pragma|--|\/\*|;/i)
        accepted.push(sql)
      } catch (error) {
        if (!(error instanceof ToolError)) throw error
        told.add(error.code)
      }
    })
    fc.assert(property, { seed: 4, numRuns: 3000 })
    expect(told.size).toBeGreaterThan(2)
    expect(accepted.length).toBeGreaterThan(50)
    for (const statement of accepted) {
      const failed = await env.DB_SQL.prepare(statement)
        .all()
        .then(() => '', String)
      expect(failed, statement).not.toMatch(/syntax|no such|ambiguous|incomplete|unrecognized/)
    }
  })
})

describe('describe_tables and sql://schema', () => {
  it('tell the same: tables, columns, joins, sizes and what is masked', async () => {
    const { structuredContent } = await callModule(sql, 'describe_tables', {}, by)
    expect(structuredContent).toMatchObject({
      tables: [
        { name: 'customers', rows: 60 },
        { name: 'products', rows: 40 },
        { name: 'orders', rows: 300 },
        { name: 'order_items' },
      ],
    })
    expect(structuredContent).toMatchObject({ dialect: expect.stringContaining('SQLite') })
    const text = JSON.stringify(structuredContent)
    expect(text).toContain('"name":"email","type":"TEXT","description":"Address","redacted":true')
    expect(text).toContain('"references":"customers.id"')
    const { read, list } = openModule(sql, by)
    const [part] = resultOf(await read('sql://schema')).contents
    expect(JSON.parse((part as { text: string }).text)).toEqual(structuredContent)
    expect((await list()).resources).toMatchObject([{ uri: 'sql://schema' }])
  })

  it('need the scope, as query does', async () => {
    const { person, read } = openModule(sql, by)
    const nobody = { ...person, scopes: new Set<string>() }
    expect(await read('sql://schema', nobody)).toMatchObject({
      error: { kind: 'insufficient_scope' },
    })
    for (const { scopes, annotations } of sql.tools) {
      expect(scopes).toEqual(['sql:read'])
      expect(annotations.readOnlyHint).toBe(true)
    }
  })
})
