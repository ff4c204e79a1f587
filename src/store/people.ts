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
  /** The person's own word for it. */
  name: string | undefined
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
  /** `known` when the passkey is stored already, whosever it is; `full` when there are `max`. */
  addPasskey(passkey: Passkey, max: number): Promise<'added' | 'known' | 'full'>
  /** False when the person has no such passkey. */
  renamePasskey(personId: string, credentialId: string, name: string): Promise<boolean>
  /** With `keepLast`, a person's only passkey stays: `last`. */
  removePasskey(
    personId: string,
    credentialId: string,
    options: { keepLast: boolean },
  ): Promise<'removed' | 'last' | 'unknown'>
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
  name: string | null
  public_key: string
  counter: number
  transports: string
  created_at: number
  last_used_at: number | null
}

const PASSKEY_COLUMNS =
  'tenant, credential_id, person_id, name, public_key, counter, transports, created_at'

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
  const passkeyValues = (passkey: Passkey) => [
    tenant,
    passkey.credentialId,
    passkey.personId,
    passkey.name ?? null,
    passkey.publicKey,
    passkey.counter,
    passkey.transports.join(' '),
    passkey.createdAt,
  ]
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
    async addPasskey(passkey, max) {
      // One statement, so that two at a time cannot both be the last there is room for.
      const { meta } = await db
        .prepare(
          `INSERT OR IGNORE INTO passkeys (${PASSKEY_COLUMNS}) SELECT ?, ?, ?, ?, ?, ?, ?, ?
            WHERE (SELECT COUNT(*) FROM passkeys WHERE tenant = ? AND person_id = ?) < ?`,
        )
        .bind(...passkeyValues(passkey), tenant, passkey.personId, max)
        .run()
      if (meta.changes > 0) return 'added'
      return (await this.passkey(passkey.credentialId)) ? 'known' : 'full'
    },
    async renamePasskey(personId, credentialId, name) {
      const { meta } = await db
        .prepare(
          'UPDATE passkeys SET name = ? WHERE tenant = ? AND person_id = ? AND credential_id = ?',
        )
        .bind(name, tenant, personId, credentialId)
        .run()
      return meta.changes > 0
    },
    async removePasskey(personId, credentialId, { keepLast }) {
      // One statement, so that of two passkeys removed at a time one stays.
      const { meta } = await db
        .prepare(
          `DELETE FROM passkeys WHERE tenant = ?1 AND person_id = ?2 AND credential_id = ?3
            AND (?4 = 0 OR EXISTS (SELECT 1 FROM passkeys AS other
              WHERE other.tenant = ?1 AND other.person_id = ?2 AND other.credential_id <> ?3))`,
        )
        .bind(tenant, personId, credentialId, keepLast ? 1 : 0)
        .run()
      if (meta.changes > 0) return 'removed'
      return (await this.passkey(credentialId))?.personId === personId ? 'last' : 'unknown'
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
      const insertPasskey = db
        .prepare(`INSERT INTO passkeys (${PASSKEY_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`)
        .bind(...passkeyValues(passkey))
      try {
        // One transaction: the primary key lets the code in once, and takes the rest with it.
        await db.batch([useCode, insertPerson(person), insertPasskey])
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
  name: row.name ?? undefined,
  publicKey: row.public_key,
  counter: row.counter,
  transports: row.transports === '' ? [] : row.transports.split(' '),
  createdAt: row.created_at,
  lastUsedAt: row.last_used_at ?? undefined,
})
