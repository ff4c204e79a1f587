const NONCE_BYTES = 12
const TAG_BYTES = 16

/** An AES-256-GCM key that HKDF-SHA-256 derives from `secret` for one `purpose` (RFC 5869). */
export async function deriveAeadKey(secret: BufferSource, purpose: string): Promise<CryptoKey> {
  const master = await crypto.subtle.importKey('raw', secret, 'HKDF', false, ['deriveKey'])
  const info = new TextEncoder().encode(purpose)
  return crypto.subtle.deriveKey(
    { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(32), info },
    master,
    { name: 'AES-GCM', length: 256 },
    false,
    ['encrypt', 'decrypt'],
  )
}

const NO_HEAD = new Uint8Array()

/**
 * `head || nonce || ciphertext || tag` of `plain`. `associated` is authenticated and not included;
 * the head is included and not authenticated.
 */
export async function aeadSeal(
  key: CryptoKey,
  plain: Uint8Array<ArrayBuffer>,
  associated: BufferSource,
  head: Uint8Array = NO_HEAD,
): Promise<Uint8Array<ArrayBuffer>> {
  // One buffer, filled from the left: each buffer of its own costs as much as the cipher does.
  const bodyAt = head.length + NONCE_BYTES
  const out = new Uint8Array(bodyAt + plain.length + TAG_BYTES)
  out.set(head)
  const iv = crypto.getRandomValues(out.subarray(head.length, bodyAt))
  const parameters = { name: 'AES-GCM', iv, additionalData: associated }
  out.set(new Uint8Array(await crypto.subtle.encrypt(parameters, key, plain)), bodyAt)
  return out
}

/** What `aeadSeal` was given, or undefined when key, text or associated data do not match. */
export async function aeadOpen(
  key: CryptoKey,
  sealed: Uint8Array<ArrayBuffer>,
  associated: BufferSource,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const iv = sealed.subarray(0, NONCE_BYTES)
  const parameters = { name: 'AES-GCM', iv, additionalData: associated }
  try {
    const body = sealed.subarray(NONCE_BYTES)
    return new Uint8Array(await crypto.subtle.decrypt(parameters, key, body))
  } catch {
    return undefined // forged or cut short: WebCrypto tells no more, nor should we
  }
}
