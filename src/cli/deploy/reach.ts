/** Whether a deployed copy answers at its address, and if not, why. @module */
import { setTimeout as delay } from 'node:timers/promises'
import { CliError } from '../cli-error.ts'
import { ModuleList, type ModuleSummary } from '../connect-help.ts'
import type { Account } from './account.ts'

/** A new address takes a moment until the whole network knows it. */
const PATIENCE_MS = [0, 3000]
const ANSWER_LIMIT_MS = 10_000

export type Reached =
  | { ok: true; modules: ModuleSummary[] }
  /** `isThere` is false when nothing answered at all. */
  | { ok: false; isThere: boolean; reason: string }

export interface ReachOptions {
  /** Tests put something else here. */
  fetch?: typeof fetch
  patienceMs?: readonly number[]
}

/** Asks the platform at this origin for its modules. */
export async function reach(
  origin: string,
  { fetch: ask = fetch, patienceMs = PATIENCE_MS }: ReachOptions = {},
): Promise<Reached> {
  let reached: Reached = { ok: false, isThere: false, reason: '' }
  for (const wait of patienceMs) {
    await delay(wait)
    reached = await askOnce(`${origin}/modules.json`, ask)
    if (reached.ok || reached.isThere) return reached
  }
  return reached
}

/**
 * Nothing of ours is in this account, and yet the platform answers at its address: it lives in
 * another account. Going on would make a second one, with empty databases and other keys.
 *
 * @throws {CliError}
 */
export async function assertNotElsewhere(
  origin: string | undefined,
  { id, name }: Account,
  options?: ReachOptions,
): Promise<void> {
  if (origin === undefined || !(await reach(origin, { patienceMs: [0], ...options })).ok) return
  throw new CliError(
    `Wrong account? A Quayside answers at ${origin} already, and the account ${name ?? id} has no ` +
      'database of it. Log in to the account that has (npx wrangler login), or set account_id. ' +
      'To move it here, starting empty, add --move.',
  )
}

async function askOnce(url: string, ask: typeof fetch): Promise<Reached> {
  let response: Response
  let text: string
  try {
    response = await ask(url, {
      headers: { accept: 'application/json' },
      redirect: 'manual',
      signal: AbortSignal.timeout(ANSWER_LIMIT_MS),
    })
    text = await response.text()
  } catch {
    const reason = 'nothing answers there yet. A new address takes a few minutes to be known.'
    return { ok: false, isThere: false, reason }
  }
  const parsed = response.ok ? ModuleList.safeParse(parse(text)) : undefined
  if (parsed?.success) return { ok: true, modules: parsed.data.modules }
  const isPage = /html/.test(response.headers.get('content-type') ?? '')
  if (response.headers.get('cf-mitigated') === 'challenge' || (response.status === 403 && isPage)) {
    const reason =
      'bot protection answers in its place (403, a challenge page). Claude and ChatGPT are turned ' +
      'away like that too: see "Bot protection" in docs/deploy.md.'
    return { ok: false, isThere: true, reason }
  }
  if (response.status >= 520 && response.status <= 530) {
    const reason = `Cloudflare finds no Worker there yet (${response.status}).`
    return { ok: false, isThere: false, reason }
  }
  const reason = `what answers there is not this platform (${response.status}).`
  return { ok: false, isThere: true, reason }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
