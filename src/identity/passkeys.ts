/**
 * Passkeys (WebAuthn Level 3): the sign-in that needs no outside service. A passkey is the only
 * factor, so the device must verify its user each time, not only notice that somebody is there.
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
import type { SignIn } from './login'

/** How long a browser has to answer. Pages say so before they ask the device for anything. */
export const CHALLENGE_SECONDS = 600
/** How long the page that signs in may stay open; only its passkey has to be quicker. */
const FORM_SECONDS = 3600

/** A question to a browser: what it needs to be asked, and the sealed challenge to post back. */
export interface PasskeyQuestion<Options> {
  options: Options
  sealed: string
}

/** Where and when a browser is asked or answers. */
export interface Ceremony {
  /** The platform's own origin as the browser reaches it. */
  origin: string
  sealer: Sealer
  nowSeconds: number
}

/**
 * What a question is asked for. Its answer is good for nothing else: not for another person, and
 * not for another sign-in of the same.
 */
export type AskedFor = 'sign-in' | `set-up ${string}` | `login ${string}`

/**
 * Asks a browser to make a passkey.
 *
 * @param known The person's passkeys: a device that has one of them makes no second.
 */
export async function askForNewPasskey(
  person: { id: string; name: string; email?: string | undefined },
  known: readonly Passkey[],
  askedFor: AskedFor,
  { origin, sealer, nowSeconds }: Ceremony,
): Promise<PasskeyQuestion<PublicKeyCredentialCreationOptionsJSON>> {
  const options = await generateRegistrationOptions({
    rpName: 'Quayside',
    rpID: new URL(origin).hostname,
    userName: person.email ?? person.name,
    userDisplayName: person.name,
    userID: utf8(person.id),
    attestationType: 'none',
    excludeCredentials: known.map(({ credentialId }) => ({ id: credentialId })),
    authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
  })
  return { options, sealed: await sealChallenge(options.challenge, askedFor, sealer, nowSeconds) }
}

/** Asks a browser to sign in with any passkey it has for this host. */
export async function askForPasskey({
  origin,
  sealer,
  nowSeconds,
}: Ceremony): Promise<PasskeyQuestion<PublicKeyCredentialRequestOptionsJSON>> {
  const options = await generateAuthenticationOptions({
    rpID: new URL(origin).hostname,
    userVerification: 'required',
  })
  return { options, sealed: await sealChallenge(options.challenge, 'sign-in', sealer, nowSeconds) }
}

/** Whether a form comes from a page that asked for a passkey to sign in, within the hour. */
export async function isSignInForm(
  sealed: string,
  sealer: Sealer,
  nowSeconds: number,
): Promise<boolean> {
  return (await openChallenge(sealed, 'sign-in', FORM_SECONDS, sealer, nowSeconds)) !== undefined
}

/** The passkey a browser made, or undefined when its answer does not hold. */
export async function readNewPasskey(
  answer: unknown,
  sealed: string,
  { personId, name }: Pick<Passkey, 'personId' | 'name'>,
  askedFor: AskedFor,
  { origin, sealer, nowSeconds }: Ceremony,
): Promise<Passkey | undefined> {
  const challenge = await openChallenge(sealed, askedFor, CHALLENGE_SECONDS, sealer, nowSeconds)
  if (challenge === undefined || !isObject(answer)) return undefined
  const verification = await verifyRegistrationResponse({
    response: answer as unknown as RegistrationResponseJSON, // checked by this very call
    expectedChallenge: challenge,
    expectedOrigin: origin,
    expectedRPID: new URL(origin).hostname,
    requireUserVerification: true,
  }).catch(() => undefined) // malformed: the library throws instead of answering
  if (!verification?.verified) return undefined
  const { credential } = verification.registrationInfo
  return {
    credentialId: credential.id,
    personId,
    name,
    publicKey: encodeBase64Url(credential.publicKey),
    counter: credential.counter,
    transports: credential.transports ?? [],
    createdAt: nowSeconds,
    lastUsedAt: undefined,
  }
}

/** Who signed in with a passkey, or undefined. */
export async function signInWithPasskey(
  answer: unknown,
  sealed: string,
  people: People,
  { origin, sealer, nowSeconds }: Ceremony,
): Promise<SignIn | undefined> {
  const challenge = await openChallenge(sealed, 'sign-in', CHALLENGE_SECONDS, sealer, nowSeconds)
  if (challenge === undefined || !isObject(answer) || typeof answer.id !== 'string') {
    return undefined
  }
  const passkey = await people.passkey(answer.id)
  const publicKey = passkey && decodeBase64Url(passkey.publicKey)
  if (!passkey || !publicKey) return undefined
  const { personId, credentialId, counter } = passkey
  const verification = await verifyAuthenticationResponse({
    response: answer as unknown as AuthenticationResponseJSON, // checked by this very call
    expectedChallenge: challenge,
    expectedOrigin: origin,
    expectedRPID: new URL(origin).hostname,
    credential: { id: credentialId, publicKey, counter },
    requireUserVerification: true,
  }).catch(() => undefined) // malformed: the library throws instead of answering
  if (!verification?.verified) return undefined
  await people.usePasskey(credentialId, verification.authenticationInfo.newCounter, nowSeconds)
  return { personId, credentialId }
}

const sealChallenge = (challenge: string, askedFor: AskedFor, sealer: Sealer, nowSeconds: number) =>
  sealer.seal('cookie', ['passkey', challenge, nowSeconds, askedFor])

async function openChallenge(
  sealed: string,
  askedFor: AskedFor,
  maxAgeSeconds: number,
  sealer: Sealer,
  nowSeconds: number,
): Promise<string | undefined> {
  const opened = await sealer.open('cookie', sealed)
  if (!Array.isArray(opened) || opened[0] !== 'passkey' || opened[3] !== askedFor) return undefined
  const [, challenge, at] = opened as ['passkey', string, number, string] // ours
  return at + maxAgeSeconds > nowSeconds ? challenge : undefined
}
