/**
 * The tables that can be asked, as models are told of them. It is the only way in: what is not
 * declared here, a table or a column, does not exist for a query.
 *
 * @module
 */

export interface Column {
  type: 'INTEGER' | 'TEXT'
  description: string
  /** No two rows have the same. */
  unique?: true
  /** The table whose `id` it holds; it has an index. */
  references?: string
  /** Queries see MASK in its place, whatever stands in the row. */
  redacted?: true
}

export interface Table {
  description: string
  columns: Readonly<Record<string, Column>>
}

/** What stands in the place of every redacted value, also of those that are not there. */
export const MASK = '[redacted]'

const ID = { type: 'INTEGER', unique: true, description: 'Its number' } as const

export const TABLES: Readonly<Record<string, Table>> = {
  customers: {
    description: 'People and companies that have ordered, or signed up',
    columns: {
      id: ID,
      name: { type: 'TEXT', description: 'As they call themselves' },
      email: { type: 'TEXT', redacted: true, description: 'Address' },
      phone: { type: 'TEXT', redacted: true, description: 'Number' },
      city: { type: 'TEXT', description: 'Where they are' },
      country: { type: 'TEXT', description: 'Two letters, such as DE' },
      segment: { type: 'TEXT', description: 'consumer or business' },
      signed_up_on: { type: 'TEXT', description: 'Date, YYYY-MM-DD' },
    },
  },
  products: {
    description: 'What the shop sells',
    columns: {
      id: ID,
      sku: { type: 'TEXT', unique: true, description: 'Article number, such as KIT-004' },
      name: { type: 'TEXT', description: 'As the shop shows it' },
      category: { type: 'TEXT', description: 'kitchen, office, garden, travel or audio' },
      price_cents: { type: 'INTEGER', description: 'Price of today in euro cents' },
      stock: { type: 'INTEGER', description: 'Pieces on hand' },
    },
  },
  orders: {
    description: 'Orders of 2026',
    columns: {
      id: ID,
      customer_id: { type: 'INTEGER', references: 'customers', description: 'Who ordered' },
      status: { type: 'TEXT', description: 'pending, shipped, delivered or returned' },
      ordered_at: { type: 'TEXT', description: 'UTC, YYYY-MM-DD HH:MM:SS' },
      shipped_on: { type: 'TEXT', description: 'Date, or NULL before it was shipped' },
      delivery_address: { type: 'TEXT', redacted: true, description: 'Street and house' },
    },
  },
  order_items: {
    description: 'What was ordered: one row for each product of an order',
    columns: {
      id: ID,
      order_id: { type: 'INTEGER', references: 'orders', description: 'Of which order' },
      product_id: { type: 'INTEGER', references: 'products', description: 'What' },
      quantity: { type: 'INTEGER', description: 'How many pieces' },
      unit_price_cents: { type: 'INTEGER', description: 'Price of one when it was ordered' },
    },
  },
}
