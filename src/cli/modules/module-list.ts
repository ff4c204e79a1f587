/** `servers/index.ts`, the list of what is hosted, as text to be extended. @module */
import { CliError } from '../cli-error.ts'
import { formatSource } from './format-source.ts'

export const MODULE_LIST = 'servers/index.ts'

/** From `const servers … = [` to its `]`, with what stands between them. */
const LIST = /^(const servers\b[^=\n]*=\s*\[)([^\]]*)(\])/m
const IMPORT = /^import (\w+) from '\.\/([a-z0-9-]+)\/index'$/gm

/** The folders of the modules in the list. */
export const listedModules = (text: string): string[] =>
  [...text.matchAll(IMPORT)].map(([, , folder = '']) => folder)

/** The list with one more module at its end. @throws {CliError} when it is not written as expected. */
export async function withModule(text: string, name: string): Promise<string> {
  const variable = variableFor(name, text)
  const line = `import ${variable} from './${name}/index'`
  const [, opening, entries = '', closing] = LIST.exec(text) ?? []
  if (opening === undefined || closing === undefined || /\/\/|\/\*/.test(entries)) {
    throw new CliError(
      `${MODULE_LIST} has no plain list "const servers = […]" to add to. Nothing was changed. ` +
        `Write the list that way again, or add by hand: ${line}, and ${variable} to the list.`,
    )
  }
  const listed = [...entries.split(',').map((entry) => entry.trim()), variable].filter(Boolean)
  const extended = text.replace(LIST, () => `${opening}${listed.join(', ')}${closing}`)
  const lastImport = [...extended.matchAll(/^import .*$/gm)].at(-1)
  const at = lastImport ? lastImport.index + lastImport[0].length : 0
  return formatSource(MODULE_LIST, `${extended.slice(0, at)}\n${line}${extended.slice(at)}`)
}

/** `stock-room` is `stockRoom`; what JavaScript or the list itself has taken gets a suffix. */
export function variableFor(name: string, list = ''): string {
  const camel = name
    .split('-')
    .filter(Boolean)
    .map((word, index) => (index === 0 ? word : word[0]?.toUpperCase() + word.slice(1)))
    .join('')
  // Anything the list mentions already, or `servers` itself: too many rather than too few.
  const isTaken = RESERVED_WORDS.has(camel) || new RegExp(`\\b${camel}\\b(?!/)`).test(list)
  return isTaken ? `${camel}Module` : camel
}

/** Of ECMAScript, strict and in modules; no module name has a capital letter or underscore. */
const RESERVED_WORDS = new Set(
  (
    'arguments await break case catch class const continue debugger default delete do else enum ' +
    'eval export extends false finally for function if implements import in interface let new ' +
    'null package private protected public return servers static super switch this throw true ' +
    'try typeof undefined var void while with yield'
  ).split(' '),
)
