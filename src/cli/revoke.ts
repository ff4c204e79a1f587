/** `npm run revoke`: takes access away from a grant, a person or a client. @module */
import { parseArgs } from 'node:util'
import * as z from 'zod'
import { CliError, UsageError } from './cli-error.ts'
import { openOperatorSession } from './operator-session.ts'

const USAGE =
  'Usage: npm run revoke -- --grant ID | --user ID | --client ID [--url ORIGIN] [--as NAME]\n' +
  'Without --url the platform that `npm start` runs on this machine. --as signs in through the ' +
  'developer sign-in, which only such a platform has.'

/** What the options name, as the tool calls it. */
const KINDS = { grant: 'grant', user: 'person', client: 'client' } as const

const OPTIONS = {
  grant: { type: 'string' },
  user: { type: 'string' },
  client: { type: 'string' },
  url: { type: 'string' },
  as: { type: 'string' },
} as const

const Revoked = z.object({ grants: z.int(), people: z.int(), remaining: z.int() })

/** @throws {CliError} also when nothing has that id. */
export async function run(args: string[]): Promise<void> {
  const { kind, id, origin, as } = parseRevokeArgs(args)
  await using session = await openOperatorSession(origin, as)
  let [grants, people] = [0, 0]
  for (;;) {
    const revoked = await session.call('revoke_access', { kind, id }, Revoked)
    grants += revoked.grants
    people += revoked.people
    if (revoked.remaining === 0) break
    if (revoked.grants === 0) throw new CliError(`${revoked.remaining} grants could not be ended.`)
  }
  const whose = kind === 'client' ? ` of ${count(people, 'person', 'people')}` : ''
  process.stdout.write(
    `Revoked ${count(grants, 'grant', 'grants')}${whose}. Refused everywhere within 5 seconds.\n`,
  )
}

function parseRevokeArgs(args: string[]) {
  try {
    const { values } = parseArgs({
      args: withIdsAttached(args),
      options: {
        ...OPTIONS,
        url: { ...OPTIONS.url, default: `http://localhost:${process.env.PORT || '8484'}` },
      },
    })
    const named = (['grant', 'user', 'client'] as const).flatMap((name) => {
      const id = values[name]
      return id === undefined ? [] : [{ kind: KINDS[name], id }]
    })
    const [target, ...rest] = named
    if (!target || rest.length > 0) throw new Error('Name one: --grant, --user or --client.')
    const url = URL.parse(values.url)
    if (!url || !/^https?:$/.test(url.protocol)) {
      throw new Error(`--url "${values.url}" is no http or https URL.`)
    }
    if (url.protocol === 'http:' && !/^(localhost|127\.|\[::1\])/.test(url.hostname)) {
      throw new Error('--url must be https off this machine: a token goes there.')
    }
    return { ...target, origin: url.origin, as: values.as }
  } catch (error) {
    if (error instanceof CliError) throw error
    throw new UsageError(`${(error as Error).message}\n${USAGE}`, { cause: error })
  }
}

/** An id may begin with a dash, where `parseArgs` would expect another option. */
function withIdsAttached(args: readonly string[]): string[] {
  const isOption = (arg: string) => Object.keys(OPTIONS).some((name) => arg === `--${name}`)
  const attached: string[] = []
  for (const arg of args) {
    const last = attached.at(-1)
    const isId = last !== undefined && isOption(last) && arg.startsWith('-') && !isOption(arg)
    if (isId) attached[attached.length - 1] = `${last}=${arg}`
    else attached.push(arg)
  }
  return attached
}

const count = (number: number, one: string, many: string): string =>
  `${number} ${number === 1 ? one : many}`
