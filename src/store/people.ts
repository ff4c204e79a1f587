export type Role = 'operator' | 'member'

export interface Person {
  id: string
  name: string
  email: string | undefined
  role: Role
  /** Epoch seconds. */
  createdAt: number
}

export interface Passkey {
  /** base64url, as are the key and everything else WebAuthn calls bytes. */
  credentialId: string
  personId: string
  publicKey: string
  counter: number
  transports: string[]
  createdAt: number
  lastUsedAt: number | undefined
}

/** Rows of `people`, `passkeys` and `used_setup_codes`. */
export interface People {
  find(personId: string): Promise<Person | undefined>
  list(limit: number): Promise<Person[]>
  add(person: Person): Promise<void>
  /**
   * Gives a person another role, or removes them with their passkeys: the only way either happens,
   * because whoever remembers them has to hear of it. False when there is no such person; repeating
   * a change that broke off is harmless.
   */
  change(personId: string, change: { role: Role } | 'removed'): Promise<boolean>
  passkey(credentialId: string): Promise<Passkey | undefined>
  passkeysOf(personId: string): Promise<Passkey[]>
  hasPasskeys(): Promise<boolean>
  addPasskey(passkey: Passkey): Promise<void>
  usePasskey(credentialId: string, counter: number, at: number): Promise<void>
  isSetupCodeUsed(codeHash: string): Promise<boolean>
  /**
   * The first operator, their passkey and the code that let them in, all or nothing. False when
   * the code has been used.
   */
  setUp(codeHash: string, person: Person, passkey: Passkey): Promise<boolean>
}

interface PersonRow {
  person_id: string
  name: string
  email: string | null
  role: Role
  created_at: number
}
interface PasskeyRow {
  credential_id: string
  person_id: string
  public_key: string
  counter: number
  transports: string
  created_at: number
  last_used_at: number | null
}

/** @param changed Told of each person who has changed, awaited before the change is reported done. */
export function people(
  db: D1Database,
  tenant: string,
  changed: (personId: string) => Promise<void>,
): People {
  const insertPerson = ({ id, name, email, role, createdAt }: Person) =>
    db
      .prepare(
        'INSERT INTO people (tenant, person_id, name, email, role, created_at) VALUES (?, ?, ?, ?, ?, ?)',
      )
      .bind(tenant, id, name, email ?? null, role, createdAt)
  const insertPasskey = (passkey: Passkey) =>
    db
      .prepare(
        `INSERT INTO passkeys
          (tenant, credential_id, person_id, public_key, counter, transports, created_at)
          VALUES (?, ?, ?, ?, ?, ?, ?)`,
      )
      .bind(
        tenant,
        passkey.credentialId,
        passkey.personId,
        passkey.publicKey,
        passkey.counter,
        passkey.transports.join(' '),
        passkey.createdAt,
      )
  return {
    async find(personId) {
      const row = await db
        .prepare('SELECT * FROM people WHERE tenant = ? AND person_id = ?')
        .bind(tenant, personId)
        .first<PersonRow>()
      return row ? personOf(row) : undefined
    },
    async list(limit) {
      const { results } = await db
        .prepare('SELECT * FROM people WHERE tenant = ? ORDER BY created_at, person_id LIMIT ?')
        .bind(tenant, limit)
        .all<PersonRow>()
      return results.map(personOf)
    },
    async add(person) {
      await insertPerson(person).run()
    },
    async change(personId, change) {
      const set = (sql: string, ...values: string[]) =>
        db.prepare(`${sql} WHERE tenant = ? AND person_id = ?`).bind(...values, tenant, personId)
      const [done] =
        change === 'removed'
          ? await db.batch([set('DELETE FROM people'), set('DELETE FROM passkeys')])
          : await db.batch([set('UPDATE people SET role = ?', change.role)])
      await changed(personId)
      return (done?.meta.changes ?? 0) > 0
    },
    async passkey(credentialId) {
      const row = await db
        .prepare('SELECT * FROM passkeys WHERE tenant = ? AND credential_id = ?')
        .bind(tenant, credentialId)
        .first<PasskeyRow>()
      return row ? passkeyOf(row) : undefined
    },
    async passkeysOf(personId) {
      const { results } = await db
        .prepare('SELECT * FROM passkeys WHERE tenant = ? AND person_id = ? ORDER BY created_at')
        .bind(tenant, personId)
        .all<PasskeyRow>()
      return results.map(passkeyOf)
    },
    async hasPasskeys() {
      const row = await db
        .prepare('SELECT 1 AS one FROM passkeys WHERE tenant = ? LIMIT 1')
        .bind(tenant)
        .first()
      return row !== null
    },
    async addPasskey(passkey) {
      await insertPasskey(passkey).run()
    },
    async usePasskey(credentialId, counter, at) {
      await db
        .prepare(
          'UPDATE passkeys SET counter = ?, last_used_at = ? WHERE tenant = ? AND credential_id = ?',
        )
        .bind(counter, at, tenant, credentialId)
        .run()
    },
    async isSetupCodeUsed(codeHash) {
      const row = await db
        .prepare('SELECT 1 AS one FROM used_setup_codes WHERE tenant = ? AND code_hash = ?')
        .bind(tenant, codeHash)
        .first()
      return row !== null
    },
    async setUp(codeHash, person, passkey) {
      const useCode = db
        .prepare('INSERT INTO used_setup_codes (tenant, code_hash, used_at) VALUES (?, ?, ?)')
        .bind(tenant, codeHash, person.createdAt)
      try {
        // One transaction: the primary key lets the code in once, and takes the rest with it.
        await db.batch([useCode, insertPerson(person), insertPasskey(passkey)])
        return true
      } catch (cause) {
        if (await this.isSetupCodeUsed(codeHash)) return false
        throw cause
      }
    },
  }
}

const personOf = (row: PersonRow): Person => ({
  id: row.person_id,
  name: row.name,
  email: row.email ?? undefined,
  role: row.role,
  createdAt: row.created_at,
})

const passkeyOf = (row: PasskeyRow): Passkey => ({
  credentialId: row.credential_id,
  personId: row.person_id,
  publicKey: row.public_key,
  counter: row.counter,
  transports: row.transports === '' ? [] : row.transports.split(' '),
  createdAt: row.created_at,
  lastUsedAt: row.last_used_at ?? undefined,
})
