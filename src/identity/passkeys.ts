/**
 * Passkeys (WebAuthn Level 3): the sign-in that needs no outside service.
 *
 * @module
 */
import {
  type AuthenticationResponseJSON,
  generateAuthenticationOptions,
  generateRegistrationOptions,
  type PublicKeyCredentialCreationOptionsJSON,
  type PublicKeyCredentialRequestOptionsJSON,
  type RegistrationResponseJSON,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
} from '@simplewebauthn/server'
import type { Sealer } from '../keys'
import { decodeBase64Url, encodeBase64Url, isObject, utf8 } from '../lib'
import type { Passkey, People } from '../store'

const CHALLENGE_SECONDS = 600

/** A question to a browser: what it needs to be asked, and the sealed challenge to post back. */
export interface PasskeyQuestion<Options> {
  options: Options
  sealed: string
}

/** Asks a browser to make a passkey for a person who is about to exist. */
export async function askForNewPasskey(
  origin: string,
  person: { id: string; name: string },
  sealer: Sealer,
  nowSeconds: number,
): Promise<PasskeyQuestion<PublicKeyCredentialCreationOptionsJSON>> {
  const options = await generateRegistrationOptions({
    rpName: 'Quayside',
    rpID: new URL(origin).hostname,
    userName: person.name,
    userID: utf8(person.id),
    attestationType: 'none',
    authenticatorSelection: { residentKey: 'required', userVerification: 'preferred' },
  })
  const sealed = await sealer.seal('cookie', ['passkey', options.challenge, nowSeconds])
  return { options, sealed }
}

/** Asks a browser to sign in with any passkey it has for this host. */
export async function askForPasskey(
  origin: string,
  sealer: Sealer,
  nowSeconds: number,
): Promise<PasskeyQuestion<PublicKeyCredentialRequestOptionsJSON>> {
  const options = await generateAuthenticationOptions({
    rpID: new URL(origin).hostname,
    userVerification: 'preferred',
  })
  const sealed = await sealer.seal('cookie', ['passkey', options.challenge, nowSeconds])
  return { options, sealed }
}

/** The passkey a browser made, or undefined when its answer does not hold. */
export async function readNewPasskey(
  answer: unknown,
  sealed: string,
  origin: string,
  personId: string,
  sealer: Sealer,
  nowSeconds: number,
): Promise<Passkey | undefined> {
  const challenge = await openChallenge(sealed, sealer, nowSeconds)
  if (challenge === undefined || !isObject(answer)) return undefined
  try {
    const { verified, registrationInfo } = await verifyRegistrationResponse({
      response: answer as unknown as RegistrationResponseJSON, // checked by what follows
      expectedChallenge: challenge,
      expectedOrigin: origin,
      expectedRPID: new URL(origin).hostname,
      requireUserVerification: false,
    })
    if (!verified) return undefined
    const { credential } = registrationInfo
    return {
      credentialId: credential.id,
      personId,
      publicKey: encodeBase64Url(credential.publicKey),
      counter: credential.counter,
      transports: credential.transports ?? [],
      createdAt: nowSeconds,
      lastUsedAt: undefined,
    }
  } catch {
    return undefined // malformed: the library throws instead of answering
  }
}

/** Who signed in with a passkey, or undefined. */
export async function signInWithPasskey(
  answer: unknown,
  sealed: string,
  origin: string,
  people: People,
  sealer: Sealer,
  nowSeconds: number,
): Promise<string | undefined> {
  const challenge = await openChallenge(sealed, sealer, nowSeconds)
  if (challenge === undefined || !isObject(answer) || typeof answer.id !== 'string') {
    return undefined
  }
  const passkey = await people.passkey(answer.id)
  const publicKey = passkey && decodeBase64Url(passkey.publicKey)
  if (!passkey || !publicKey) return undefined
  try {
    const { verified, authenticationInfo } = await verifyAuthenticationResponse({
      response: answer as unknown as AuthenticationResponseJSON, // checked by what follows
      expectedChallenge: challenge,
      expectedOrigin: origin,
      expectedRPID: new URL(origin).hostname,
      credential: { id: passkey.credentialId, publicKey, counter: passkey.counter },
      requireUserVerification: false,
    })
    if (!verified) return undefined
    await people.usePasskey(passkey.credentialId, authenticationInfo.newCounter, nowSeconds)
    return passkey.personId
  } catch {
    return undefined
  }
}

async function openChallenge(sealed: string, sealer: Sealer, nowSeconds: number) {
  const opened = await sealer.open('cookie', sealed)
  if (!Array.isArray(opened) || opened[0] !== 'passkey') return undefined
  const [, challenge, at] = opened as ['passkey', string, number] // ours
  return at + CHALLENGE_SECONDS > nowSeconds ? challenge : undefined
}
