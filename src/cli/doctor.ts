/** `npm run doctor -- <connector url>`: would this client get from its first 401 to a tool call? @module */
import { parseArgs } from 'node:util'
import { CliError, UsageError } from './cli-error.ts'
import { type ClientProfile, loadClientProfiles } from './doctor/client-profile.ts'
import { type Diagnosis, diagnose, type Part } from './doctor/diagnose.ts'
import type { Finding } from './doctor/examination.ts'

const USAGE =
  'Usage: npm run doctor -- <connector url> [--client NAME]… [--as NAME] [--token TOKEN] ' +
  '[--time-limit SECONDS] [--json]'
const TIME_LIMIT_SECONDS = '300'
const MARKS: Record<Finding['outcome'], string> = {
  passed: 'ok  ',
  failed: 'FAIL',
  noted: 'note',
  unchecked: '?   ',
}

/** Exit code 0 when every client would get through, 1 when one would not, 2 for wrong usage. */
export async function run(args: string[]): Promise<void> {
  const options = parseDoctorArgs(args)
  const profiles = chosen(await loadClientProfiles(), options.clients)
  if (!options.json) print(`Quayside doctor: ${options.connector.href}\n`)
  const diagnosis = await diagnose(options.connector, {
    profiles,
    signal: AbortSignal.timeout(options.timeLimitMs),
    as: options.as,
    accessToken: options.accessToken,
    ...(!options.json && { onPart: (part: Part) => print(partText(part)) }),
  })
  print(options.json ? JSON.stringify(diagnosis, null, 2) : summary(diagnosis))
  process.exitCode = diagnosis.ok ? 0 : 1
}

function parseDoctorArgs(args: string[]) {
  try {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        client: { type: 'string', multiple: true, default: [] },
        as: { type: 'string' },
        token: { type: 'string' },
        'time-limit': { type: 'string', default: TIME_LIMIT_SECONDS },
        json: { type: 'boolean', default: false },
      },
    })
    const [url, ...rest] = positionals
    if (url === undefined || rest.length > 0) throw new Error('Name one connector URL.')
    const connector = URL.parse(url)
    if (!connector || !/^https?:$/.test(connector.protocol)) {
      throw new Error(`"${url}" is no http or https URL.`)
    }
    if (connector.username !== '' || connector.password !== '') {
      throw new Error('A name or password does not belong into the URL.')
    }
    const seconds = Number(values['time-limit'])
    if (!(seconds > 0 && seconds <= 3600)) throw new Error('--time-limit takes 1 to 3600 seconds.')
    return {
      connector,
      clients: values.client,
      as: values.as,
      // Out of the process list, for those who share the machine.
      accessToken: values.token ?? process.env.QUAYSIDE_DOCTOR_TOKEN,
      timeLimitMs: seconds * 1000,
      json: values.json,
    }
  } catch (error) {
    if (error instanceof CliError) throw error
    throw new UsageError(`${(error as Error).message}\n${USAGE}`, { cause: error })
  }
}

function chosen(profiles: ClientProfile[], names: string[]): ClientProfile[] {
  const known = profiles.map(({ name }) => name)
  const unknown = names.find((name) => !known.includes(name))
  if (unknown !== undefined) {
    throw new UsageError(`There is no client "${unknown}". There are: ${known.join(', ')}.`)
  }
  return names.length === 0 ? profiles : profiles.filter(({ name }) => names.includes(name))
}

function partText({ title, lastVerified, findings }: Part): string {
  const verified = lastVerified === undefined ? '' : ` (behaviour verified ${lastVerified})`
  return [`${title}${verified}`, ...findings.map(findingText), ''].join('\n')
}

function findingText({ outcome, title, detail, advice }: Finding): string {
  const mark = MARKS[outcome]
  if (outcome === 'passed') return `  ${mark}  ${title}${detail ? `: ${detail}` : ''}`
  const lines = [
    `  ${mark}  ${title}`,
    detail && `        ${detail}`,
    advice && `        → ${advice}`,
  ]
  return lines.filter(Boolean).join('\n')
}

function summary({ ok, platform, clients }: Diagnosis): string {
  if (clients.length === 0) return `Not fit for any client. ${failures([platform])}`
  const broken = clients.filter(({ findings }) =>
    findings.some(({ outcome }) => outcome === 'failed'),
  )
  const open = clients.flatMap(({ findings }) => findings).some(({ id }) => id === 'person')
  const checked = open ? ' as far as it can be told without a person' : ''
  if (ok) return `All ${clients.length} clients get through${checked}.`
  const names = broken.map(({ title }) => title).join(', ')
  return names === '' ? failures([platform]) : `These would have trouble: ${names}.`
}

const failures = (parts: Part[]): string => {
  const failed = parts.flatMap(({ findings }) => findings).filter((it) => it.outcome === 'failed')
  return `${failed.length} ${failed.length === 1 ? 'thing is' : 'things are'} wrong with the platform.`
}

function print(text: string): void {
  process.stdout.write(`${text}\n`)
}
