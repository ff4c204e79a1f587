/**
 * A device that holds passkeys, as far as a server can tell (Web Authentication Level 3 §6), for
 * tests without a browser. It answers whatever it is asked, as a forger would.
 *
 * @module
 */
import { isoCBOR } from '@simplewebauthn/server/helpers'

/** What a device may do otherwise than it should. */
export interface Misbehaviour {
  /** The page that asked, by the browser's account. */
  origin?: string
  /** Whether the device checked who holds it. */
  userVerified?: boolean
}

export interface Authenticator {
  credentialId: string
  /** `RegistrationResponseJSON` as JSON, to options of `navigator.credentials.create()`. */
  make(options: unknown, misbehaviour?: Misbehaviour): Promise<string>
  /** `AuthenticationResponseJSON` as JSON, to options of `navigator.credentials.get()`. */
  sign(options: unknown, misbehaviour?: Misbehaviour): Promise<string>
}

const FLAGS = { userPresent: 0x01, userVerified: 0x04, attestedCredential: 0x40 }

/** A device with one passkey of its own, for pages of this origin. */
export async function newAuthenticator(origin: string): Promise<Authenticator> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256' }
  // An asymmetric algorithm makes a pair, and `raw` gives bytes; the types know of neither.
  const { publicKey, privateKey } = (await crypto.subtle.generateKey(algorithm, false, [
    'sign',
    'verify',
  ])) as CryptoKeyPair
  const point = new Uint8Array((await crypto.subtle.exportKey('raw', publicKey)) as ArrayBuffer)
  const credential = crypto.getRandomValues(new Uint8Array(16))
  const credentialId = base64Url(credential)
  let counter = 0

  const authenticatorData = async (attested: Uint8Array[], { userVerified = true }: Misbehaviour) =>
    joined(
      await sha256(utf8(new URL(origin).hostname)),
      Uint8Array.of(
        FLAGS.userPresent |
          (userVerified ? FLAGS.userVerified : 0) |
          (attested.length > 0 ? FLAGS.attestedCredential : 0),
      ),
      bigEndian(counter, 4),
      ...attested,
    )
  const clientData = (type: string, options: unknown, { origin: other }: Misbehaviour) => {
    const { challenge } = options as { challenge: string } // what WebAuthn options hold
    return utf8(JSON.stringify({ type, challenge, origin: other ?? origin }))
  }
  const answer = (response: Record<string, string>): string =>
    JSON.stringify({
      id: credentialId,
      rawId: credentialId,
      type: 'public-key',
      clientExtensionResults: {},
      response,
    })

  return {
    credentialId,
    async make(options, misbehaviour = {}) {
      // COSE key (RFC 9053 §7.1.1): EC2, ES256, P-256, and the two halves of the point.
      const key = new Map<number, number | Uint8Array>([
        [1, 2],
        [3, -7],
        [-1, 1],
        [-2, point.subarray(1, 33)],
        [-3, point.subarray(33)],
      ])
      const attested = [
        new Uint8Array(16), // no model of device is named
        bigEndian(credential.length, 2),
        credential,
        isoCBOR.encode(key),
      ]
      const attestation = new Map<string, unknown>([
        ['fmt', 'none'],
        ['attStmt', new Map()],
        ['authData', await authenticatorData(attested, misbehaviour)],
      ])
      return answer({
        clientDataJSON: base64Url(clientData('webauthn.create', options, misbehaviour)),
        attestationObject: base64Url(isoCBOR.encode(attestation as Map<string, string>)),
      })
    },
    async sign(options, misbehaviour = {}) {
      counter += 1
      const data = clientData('webauthn.get', options, misbehaviour)
      const authData = await authenticatorData([], misbehaviour)
      const signed = joined(authData, await sha256(data))
      const signature = await crypto.subtle.sign(
        { name: 'ECDSA', hash: 'SHA-256' },
        privateKey,
        signed,
      )
      return answer({
        clientDataJSON: base64Url(data),
        authenticatorData: base64Url(authData),
        signature: base64Url(derSignature(new Uint8Array(signature))),
      })
    },
  }
}

/** The options a page hands to the device, from the form that a script would fill in. */
export function optionsIn(html: string): unknown {
  const text = /data-options="([^"]*)"/.exec(html)?.[1]
  if (text === undefined) throw new Error('the page asks for no passkey')
  return JSON.parse(
    text.replaceAll('&quot;', '"').replaceAll('&#39;', "'").replaceAll('&amp;', '&'),
  )
}

/** Two numbers in DER, where Web Crypto puts them end to end (RFC 3279 §2.2.3). */
function derSignature(raw: Uint8Array): Uint8Array<ArrayBuffer> {
  const number = (half: Uint8Array) => {
    const digits = half.subarray(half.findIndex((byte) => byte !== 0))
    const signed = (digits[0] ?? 0) >= 0x80 ? joined(Uint8Array.of(0), digits) : digits
    return joined(Uint8Array.of(0x02, signed.length), signed)
  }
  const body = joined(number(raw.subarray(0, 32)), number(raw.subarray(32)))
  return joined(Uint8Array.of(0x30, body.length), body)
}

function joined(...parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(parts.flatMap((part) => [...part]))
}

const bigEndian = (value: number, length: number): Uint8Array =>
  Uint8Array.from({ length }, (_, index) => (value >>> (8 * (length - 1 - index))) & 0xff)

const sha256 = async (bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> =>
  new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))

const utf8 = (text: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(new TextEncoder().encode(text))

const base64Url = (bytes: Uint8Array): string =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')
