/**
 * A passkey made in software: what a browser answers to `navigator.credentials.create()`, with
 * attestation "none" (WebAuthn Level 3, §6.5 and §8.7). Only web APIs.
 *
 * @module
 */

/** `RegistrationResponseJSON` of a new P-256 passkey for `origin`. */
export async function makePasskey(origin: string, challenge: string): Promise<object> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256' }
  const { publicKey } = (await crypto.subtle.generateKey(algorithm, true, [
    'sign',
    'verify',
  ])) as CryptoKeyPair
  // 0x04, then both coordinates.
  const point = new Uint8Array((await crypto.subtle.exportKey('raw', publicKey)) as ArrayBuffer)
  const id = crypto.getRandomValues(new Uint8Array(16))
  const rpId = new TextEncoder().encode(new URL(origin).hostname)
  const authenticatorData = [
    ...new Uint8Array(await crypto.subtle.digest('SHA-256', rpId)),
    USER_PRESENT | USER_VERIFIED | HAS_CREDENTIAL,
    ...[0, 0, 0, 0], // signature counter
    ...new Uint8Array(16), // AAGUID
    ...[0, id.length],
    ...id,
    ...coseKey([...point.slice(1, 33)], [...point.slice(33)]),
  ]
  const clientData = { type: 'webauthn.create', challenge, origin, crossOrigin: false }
  const rawId = base64Url([...id])
  return {
    id: rawId,
    rawId,
    type: 'public-key',
    clientExtensionResults: {},
    response: {
      clientDataJSON: base64Url([...new TextEncoder().encode(JSON.stringify(clientData))]),
      attestationObject: base64Url([
        ...map(3),
        ...[...text('fmt'), ...text('none')],
        ...[...text('attStmt'), ...map(0)],
        ...[...text('authData'), ...bytes(authenticatorData)],
      ]),
      transports: ['internal'],
    },
  }
}

const USER_PRESENT = 0x01
const USER_VERIFIED = 0x04
const HAS_CREDENTIAL = 0x40

/** RFC 9053 §7.1: EC2, ES256, P-256. */
const coseKey = (x: number[], y: number[]): number[] => [
  ...map(5),
  ...[0x01, 0x02],
  ...[0x03, 0x26],
  ...[0x20, 0x01],
  ...[0x21, ...bytes(x)],
  ...[0x22, ...bytes(y)],
]

// The few shapes of CBOR (RFC 8949 §3) this takes: maps and texts below 24, bytes below 256.
const map = (entries: number): number[] => [0xa0 | entries]
const text = (value: string): number[] => [0x60 | value.length, ...new TextEncoder().encode(value)]
const bytes = (value: number[]): number[] => [0x58, value.length, ...value]

const base64Url = (value: number[]): string =>
  btoa(String.fromCharCode(...value))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')
