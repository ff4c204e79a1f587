/**
 * Sealed handles: text that only this tenant's platform can write or read. Layout before
 * base64url: version (1 byte), key id (4), nonce (12), AES-256-GCM ciphertext and tag. Purpose,
 * tenant, version and key id are authenticated with it.
 *
 * @module
 */
import {
  aeadOpen,
  aeadSeal,
  askAgain,
  decodeBase64Url,
  deriveAeadKey,
  encodeBase64Url,
  utf8,
} from '../lib'
import { COPY_LIFETIME_SECONDS, type MasterKey, type Ring } from './key-ring'
import type { Purpose } from './purposes'

const VERSION = 1
const HEAD_BYTES = 5
/** Anyone can send an unknown key id; it must not turn into a request to the ring each time. */
const UNKNOWN_KEY_REREAD_SECONDS = 1

export interface Sealer {
  /** Seals any JSON value. */
  seal(purpose: Purpose, value: unknown): Promise<string>
  /** What was sealed for this purpose, or undefined: forged, foreign and expired look alike. */
  open(purpose: Purpose, sealed: string): Promise<unknown>
  /** HMAC-SHA-256 key that never rotates, for ids that outlive every seal. */
  idKey(): Promise<CryptoKey>
}

export interface SealerPorts {
  tenant: string
  /** Reads the ring from its object. */
  readRing(nowSeconds: number): Promise<Ring>
  /** Seconds since the epoch. */
  now(): number
}

/** What one isolate remembers: plain values, so that no request waits for another's promise. */
export interface SealerCache {
  ring: Ring | undefined
  readAt: number
  derived: Map<string, PurposeKey>
  idKey: CryptoKey | undefined
}

interface PurposeKey {
  key: CryptoKey
  /** What its seals begin with. */
  head: Uint8Array<ArrayBuffer>
  /** What is authenticated with them. */
  associated: Uint8Array<ArrayBuffer>
}

export const emptySealerCache = (): SealerCache => ({
  ring: undefined,
  readAt: Number.NEGATIVE_INFINITY,
  derived: new Map(),
  idKey: undefined,
})

export function createSealer(ports: SealerPorts, cache: SealerCache): Sealer {
  const { tenant, now, readRing } = ports

  /** Not a promise where none is needed: most messages of a session pass here. */
  function ringNotOlderThan(seconds: number): Ring | Promise<Ring> {
    const at = now()
    return cache.ring && at - cache.readAt < seconds ? cache.ring : readAnew(at)
  }

  async function readAnew(at: number): Promise<Ring> {
    // A deploy resets its object in the middle of whatever it does.
    const ring = await askAgain(() => readRing(at))
    cache.ring = ring
    cache.readAt = at
    return ring
  }

  function keyFor(purpose: Purpose, master: MasterKey): PurposeKey | Promise<PurposeKey> {
    return cache.derived.get(`${purpose}/${master.id}`) ?? derive(purpose, master)
  }

  async function derive(purpose: Purpose, { id, secret }: MasterKey): Promise<PurposeKey> {
    const head = headOf(id)
    const key = await deriveAeadKey(secret, `quayside/${VERSION}/${tenant}/${purpose}`)
    const derived = { key, head, associated: associatedData(purpose, tenant, head) }
    cache.derived.set(`${purpose}/${id}`, derived)
    return derived
  }

  async function masterById(id: number): Promise<MasterKey | undefined> {
    const find = ({ current, older }: Ring) => [current, ...older].find((key) => key.id === id)
    const found = find(await ringNotOlderThan(COPY_LIFETIME_SECONDS))
    const master = found ?? find(await ringNotOlderThan(UNKNOWN_KEY_REREAD_SECONDS))
    const expired = master?.verifiesUntil != null && master.verifiesUntil <= now()
    return expired ? undefined : master
  }

  return {
    async seal(purpose, value) {
      const { current: master } = await ringNotOlderThan(COPY_LIFETIME_SECONDS)
      const { key, head, associated } = await keyFor(purpose, master)
      return encodeBase64Url(await aeadSeal(key, utf8(JSON.stringify(value)), associated, head))
    },

    async open(purpose, sealed) {
      const bytes = decodeBase64Url(sealed)
      if (!bytes || bytes.length <= HEAD_BYTES || bytes[0] !== VERSION) return undefined
      const master = await masterById(new DataView(bytes.buffer).getUint32(1))
      if (!master) return undefined
      const { key, associated } = await keyFor(purpose, master)
      const plain = await aeadOpen(key, bytes.subarray(HEAD_BYTES), associated)
      // Only this platform could have sealed it, so it is the JSON that `seal` wrote.
      return plain && JSON.parse(new TextDecoder().decode(plain))
    },

    async idKey() {
      if (cache.idKey) return cache.idKey
      // Any copy will do, however old: this secret does not change.
      const { idSecret } = cache.ring ?? (await ringNotOlderThan(COPY_LIFETIME_SECONDS))
      cache.idKey = await crypto.subtle.importKey('raw', idSecret, HMAC, false, ['sign'])
      return cache.idKey
    },
  }
}

const HMAC = { name: 'HMAC', hash: 'SHA-256' } as const

function headOf(keyId: number): Uint8Array<ArrayBuffer> {
  const head = new Uint8Array(HEAD_BYTES)
  head[0] = VERSION
  new DataView(head.buffer).setUint32(1, keyId)
  return head
}

function associatedData(purpose: Purpose, tenant: string, head: Uint8Array) {
  return utf8(`${purpose}\0${tenant}\0${[...head].join(',')}`)
}
