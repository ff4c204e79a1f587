import type { ConfigSchemas, Injection, SecretSlot } from '../sdk'
import { settingName } from './module-name'

/** What a module has declared, with values; or what it lacks. */
export type ModuleSettings =
  | {
      ok: true
      config: Readonly<Record<string, unknown>>
      secrets: readonly Injection[]
    }
  | { ok: false; problems: readonly SettingProblem[] }

export interface SettingProblem {
  /** `config.NAME` or `secrets.NAME`. */
  field: string
  /** `<MODULE>_<NAME>`. */
  variable: string
  kind: 'config' | 'secret'
  /** The rest of a sentence that begins with the variable; nothing of its value. */
  problem: string
}

/** What is read of a module's definition. */
export interface Declared {
  name: string
  config: ConfigSchemas
  secrets: Readonly<Record<string, SecretSlot>>
}

/** What a header can carry, without blanks around it (RFC 9110 §5.5). */
const HEADER_VALUE = /^[!-~](?:[ -~]*[!-~])?$/

/** A module's settings and secrets, or everything that is wrong with them. */
export function moduleSettings(env: object, { name, config, secrets }: Declared): ModuleSettings {
  const problems: SettingProblem[] = []
  const values: Record<string, unknown> = {}
  for (const [setting, schema] of Object.entries(config)) {
    const variable = settingName(name, setting)
    const report = (problem: string) =>
      problems.push({ field: `config.${setting}`, variable, kind: 'config', problem })
    const text = textOf(Reflect.get(env, variable))
    const checked = schema['~standard'].validate(text)
    if (checked instanceof Promise) report('has a schema that answers later; it must at once')
    else if (!checked.issues) values[setting] = checked.value
    else report(text === undefined ? 'is missing' : 'is not what its schema takes')
  }
  const injections: Injection[] = []
  for (const [slot, { description, inject }] of Object.entries(secrets)) {
    const variable = settingName(name, slot)
    const report = (problem: string) =>
      problems.push({ field: `secrets.${slot}`, variable, kind: 'secret', problem })
    const secret = textOf(Reflect.get(env, variable))
    if (secret === undefined) report(`is missing (${description})`)
    else if (!HEADER_VALUE.test(secret)) report('has characters that no header can carry')
    else injections.push(injectionOf(inject, secret))
  }
  return problems.length > 0
    ? { ok: false, problems }
    : { ok: true, config: Object.freeze(values), secrets: injections }
}

function injectionOf(inject: SecretSlot['inject'], secret: string): Injection {
  const { host } = inject
  if ('query' in inject) return { host, secret, query: inject.query }
  const { header, format = '{secret}' } = inject
  return { host, secret, header, value: format.replace('{secret}', () => secret) }
}

/** Settings are text; a number or boolean in wrangler.toml is what it looks like there. */
function textOf(value: unknown): string | undefined {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined
}

/** One problem as a sentence that says what its operator does about it. */
export function settingRemedy(
  { variable, kind, problem }: SettingProblem,
  module: string,
  local: boolean,
): string {
  const what = `Module "${module}" needs the ${kind === 'secret' ? 'secret' : 'setting'} ${variable}, which ${problem}.`
  if (local) return `${what} Set it in .dev.vars, as ${variable}=…, and start again.`
  return kind === 'secret'
    ? `${what} Its operator sets it with: npx wrangler secret put ${variable}`
    : `${what} Its operator sets it under [vars] in wrangler.toml and deploys.`
}
