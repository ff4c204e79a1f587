import { decodeBase64Url, encodeBase64Url, utf8 } from '../lib'

const RANDOM_BYTES = 16
const MAC_BYTES = 16

/**
 * Ids of people and machines: 128 random bits and a MAC over them, so that a made-up id in a token
 * is refused before any object is woken for it. They are opaque and readable in every token; no
 * name or address is ever in one.
 */
export interface UserIds {
  mint(): Promise<string>
  isOurs(userId: string): Promise<boolean>
}

/** @param keyOf The tenant's permanent MAC key: an id lives as long as its person. */
export function userIds(keyOf: () => Promise<CryptoKey>): UserIds {
  const macOf = async (random: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> => {
    const message = new Uint8Array([...utf8('user-id\0'), ...random])
    const mac = await crypto.subtle.sign('HMAC', await keyOf(), message)
    return new Uint8Array(mac, 0, MAC_BYTES)
  }
  return {
    async mint() {
      const random = crypto.getRandomValues(new Uint8Array(RANDOM_BYTES))
      return `${encodeBase64Url(random)}.${encodeBase64Url(await macOf(random))}`
    },
    async isOurs(userId) {
      const [random, mac, ...rest] = userId.split('.').map(decodeBase64Url)
      if (!random || !mac || rest.length > 0) return false
      if (random.length !== RANDOM_BYTES || mac.length !== MAC_BYTES) return false
      const expected = await macOf(random)
      return crypto.subtle.timingSafeEqual(expected, mac)
    },
  }
}
