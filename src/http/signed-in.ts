import { type Login, readLogin } from '../identity'
import type { Person } from '../store'
import type { Services } from './services'

/** Who is signed in at this browser, or undefined; a person who was removed is nobody. */
export async function signedIn(
  request: Request,
  { sealer, people, now }: Services,
): Promise<{ person: Person; login: Login } | undefined> {
  const login = await readLogin(request, sealer, now())
  const person = login && (await people.find(login.personId))
  return person && login ? { person, login } : undefined
}
