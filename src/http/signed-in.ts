import type { VisitorView } from '../console'
import { type Login, readLogin } from '../identity'
import type { Person } from '../store'
import type { Services } from './services'

export interface SignedIn {
  person: Person
  login: Login
}

/**
 * Who is signed in at this browser, or undefined. A person who was removed is nobody, and so is
 * whoever came in by a passkey that was removed: that is how a lost device is shut out.
 */
export async function signedIn(
  request: Request,
  { sealer, people, now }: Pick<Services, 'sealer' | 'people' | 'now'>,
): Promise<SignedIn | undefined> {
  const login = await readLogin(request, sealer, now())
  if (!login) return undefined
  const { personId, credentialId } = login
  const [person, passkey] = await Promise.all([
    people.find(personId),
    credentialId === undefined ? undefined : people.passkey(credentialId),
  ])
  const isShutOut = credentialId !== undefined && passkey?.personId !== personId
  return person && !isShutOut ? { person, login } : undefined
}

/** The same for a page that is for everybody and only shows a way to the account. */
export async function visitorOf(request: Request, services: Services): Promise<VisitorView> {
  return { name: (await signedIn(request, services))?.person.name }
}
