/**
 * What start-up asks of everything a module declares of the world outside: hosts, secrets, settings.
 *
 * @module
 */
import { isPlatformVariable } from '../config'
import { isPublicHost } from '../lib'
import { coversHost } from '../policy'
import type { Item, ServerDefinition } from '../sdk'
import { settingName } from '../store'
import type { Report } from './report'

const SETTING_NAME = /^[A-Z][A-Z0-9_]{0,63}$/
/** RFC 9110 §5.6.2. */
const HEADER_NAME = /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/
const FORMAT = /^[!-~](?:[ -~]*[!-~])?$/
const NOT_FOR_SECRETS = /^(host|connection|content-.*|transfer-encoding|te|upgrade)$/i

export function checkOutside(module: ServerDefinition, report: Report): void {
  const { name, config, secrets, egress } = module
  for (const [index, entry] of egress.entries()) {
    const problem = problemOfHost(entry)
    if (problem) report(`egress[${index}]`, `"${entry}" ${problem}`)
  }
  const places = new Set<string>()
  for (const [slot, { description, inject }] of Object.entries(secrets)) {
    const field = `secrets.${slot}`
    checkSetting(field, name, slot, report)
    if (Object.hasOwn(config, slot)) report(field, 'is the name of a setting too')
    if (description.trim() === '') report(field, 'has no description for whoever has to set it')
    const { host } = inject
    if (host.startsWith('*.')) report(`${field}.inject.host`, 'must be one host, not a pattern')
    else if (!egress.some((entry) => coversHost(entry, host))) {
      report(`${field}.inject.host`, `"${host}" is not covered by the module's egress`)
    }
    if ('header' in inject) {
      const { header, format = '{secret}' } = inject
      if (!HEADER_NAME.test(header) || NOT_FOR_SECRETS.test(header)) {
        report(`${field}.inject.header`, `"${header}" is no header for a secret`)
      }
      if (format.split('{secret}').length !== 2 || !FORMAT.test(format)) {
        report(
          `${field}.inject.format`,
          'must hold {secret} once, and only what a header can carry',
        )
      }
    } else if (inject.query === '') report(`${field}.inject.query`, 'is empty')
    const place = 'header' in inject ? `header ${inject.header.toLowerCase()}` : `?${inject.query}`
    if (places.has(`${host} ${place}`)) report(`${field}.inject`, 'is where another secret goes')
    places.add(`${host} ${place}`)
  }
  for (const setting of Object.keys(config)) {
    checkSetting(`config.${setting}`, name, setting, report)
  }
}

function checkSetting(field: string, module: string, setting: string, report: Report): void {
  if (!SETTING_NAME.test(setting)) {
    report(field, 'must be capitals, digits and "_", beginning with a capital')
  } else if (isPlatformVariable(settingName(module, setting))) {
    report(field, `would be read from ${settingName(module, setting)}, which is the platform's own`)
  }
}

/** The rest of a sentence, or undefined for a host, or `*.` and one, of the public internet. */
export function problemOfHost(entry: string): string | undefined {
  const host = entry.startsWith('*.') ? entry.slice(2) : entry
  const url = URL.parse(`https://${host}/`)
  if (url?.hostname !== host || url.href !== `https://${host}/`) {
    return 'must be a host name in lower case and ASCII, without scheme, port or path'
  }
  if (host.includes('[') || /^[\d.]+$/.test(host)) return 'is an address; name the host'
  if (host.includes('*')) return 'may have a "*" only as its whole first part'
  if (host.endsWith('.') || !isPublicHost(host)) return 'is no name of the public internet'
  return undefined
}

/** An item reads settings of its own module only: those very schemas. */
export function checkItemConfig(item: Item, module: ServerDefinition, report: Report): void {
  for (const [setting, schema] of Object.entries(item.uses?.config ?? {})) {
    if (module.config[setting] !== schema) {
      report('uses.config', `has "${setting}", which is not in the module's own config`)
    }
  }
}

/** Settings of two modules that would be one variable: then each could read the other's. */
export function sharedVariables(
  modules: readonly Pick<ServerDefinition, 'name' | 'config' | 'secrets'>[],
): { module: string; variable: string; other: string }[] {
  const owners = new Map<string, string>()
  return modules.flatMap(({ name: module, config, secrets }) =>
    [...Object.keys(config), ...Object.keys(secrets)].flatMap((setting) => {
      const variable = settingName(module, setting)
      const other = owners.get(variable)
      if (other !== undefined && other !== module) return [{ module, variable, other }]
      owners.set(variable, module)
      return []
    }),
  )
}
