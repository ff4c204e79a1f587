const NONCE_BYTES = 12

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

/** `nonce || ciphertext || tag` of `plain`; `associated` is authenticated, not included. */
export async function aeadSeal(
  key: CryptoKey,
  plain: BufferSource,
  associated: BufferSource,
): Promise<Uint8Array<ArrayBuffer>> {
  const nonce = crypto.getRandomValues(new Uint8Array(NONCE_BYTES))
  const parameters = { name: 'AES-GCM', iv: nonce, additionalData: associated }
  const sealed = new Uint8Array(await crypto.subtle.encrypt(parameters, key, plain))
  const out = new Uint8Array(NONCE_BYTES + sealed.length)
  out.set(nonce)
  out.set(sealed, NONCE_BYTES)
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
