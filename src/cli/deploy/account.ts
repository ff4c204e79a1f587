/** Which Cloudflare account a command acts on: said once, and the same for all it runs. @module */
import * as z from 'zod'
import { CliError } from '../cli-error.ts'
import { readConfig } from '../read-config.ts'
import { runWrangler } from '../run-wrangler.ts'

export interface Account {
  id: string
  name: string | undefined
}

const WhoAmI = z.object({ accounts: z.array(z.object({ id: z.string(), name: z.string() })) })

const LOG_IN =
  'Run `npx wrangler login`, or set CLOUDFLARE_API_TOKEN to a token that may edit Workers, ' +
  'D1 and Queues.'

/**
 * The account that the configuration or CLOUDFLARE_ACCOUNT_ID names, or else the only one there is.
 * wrangler's own memory of a choice is not asked: it outlives the login it was made under.
 *
 * @throws {CliError} when nobody is logged in, or the account cannot be told or used.
 */
export async function chooseAccount(configPath: string, env: string | undefined): Promise<Account> {
  const { account_id: configured } = readConfig(configPath, env)
  const [named, where] = process.env.CLOUDFLARE_ACCOUNT_ID
    ? [process.env.CLOUDFLARE_ACCOUNT_ID, 'CLOUDFLARE_ACCOUNT_ID']
    : [configured, `account_id in ${configPath}`]
  const accounts = await usableAccounts()
  if (named) {
    const found = accounts.find(({ id }) => id === named)
    // A token may be made for an account without being allowed to list any.
    if (found || accounts.length === 0) return found ?? { id: named, name: undefined }
    throw new CliError(
      `Wrong account: ${where} is ${named}, which this login cannot use. It can use:\n` +
        `${listOf(accounts)}\nCorrect it, or log in as somebody else: npx wrangler login`,
    )
  }
  const [only, ...others] = accounts
  if (only && others.length === 0) return only
  throw new CliError(
    only
      ? `Which account? Set account_id in ${configPath}, or CLOUDFLARE_ACCOUNT_ID, to one of:\n${listOf(accounts)}`
      : 'This login can see no account. Set account_id in wrangler.toml, or CLOUDFLARE_ACCOUNT_ID.',
  )
}

async function usableAccounts(): Promise<Account[]> {
  const who = await runWrangler(['whoami', '--json'], {
    purpose: 'ask Cloudflare who is logged in',
  }).catch((error: unknown) => {
    if (!(error instanceof CliError)) throw error
    if (/"loggedIn":\s*false/.test(error.message)) {
      throw new CliError(`Nobody is logged in to Cloudflare. ${LOG_IN}`, { cause: error })
    }
    if (/\[code: (?:1000|6003|9106|9109|10000|10001)\]/.test(error.message)) {
      const reason = 'Cloudflare does not accept this login: it has ended, or the token is none.'
      throw new CliError(`${reason} ${LOG_IN}`, { cause: error })
    }
    throw error
  })
  const parsed = WhoAmI.safeParse(parseJson(who))
  if (!parsed.success) throw new CliError(`Could not read who is logged in.\n${who}`)
  return parsed.data.accounts
}

const listOf = (accounts: Account[]): string =>
  accounts.map(({ id, name }) => `  ${id}  ${name}`).join('\n')

/** wrangler prints a warning before its JSON now and then. */
export function parseJson(output: string): unknown {
  try {
    return JSON.parse(output.slice(output.search(/^[[{]/m)))
  } catch {
    return undefined
  }
}
