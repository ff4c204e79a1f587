/**
 * Which modules use what the protocol is about to drop: a warning, never a refusal (M-78). `#sdk` has
 * logging only; samples of a client's model and its roots are looked for in case a module reaches
 * around it.
 *
 * @module
 */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { projectRoot } from '../project.ts'
import { listedModules, MODULE_LIST } from './module-list.ts'

/** How each shows in a module's text, and what to do instead. */
const FEATURES = [
  {
    // `ctx.log.info(…)`, or `log.info(…)` where the context is taken apart; not `console.log(…)`.
    pattern:
      /(?<![\w$])log\s*(?:\.\s*(?:debug|info|notice|warning|error|critical|alert|emergency)|\[[^\]\n]*\])\s*\(/,
    uses: 'ctx.log: log messages to clients are',
    instead: 'Say it in the result, or with ctx.progress.',
  },
  {
    pattern: /sampling\/createMessage/,
    uses: "samples of a client's model: they are",
    instead: 'Leave it to the client to use its model on a result.',
  },
  {
    pattern: /roots\/list/,
    uses: "a client's roots: they are",
    instead: 'Take what they would say as an argument.',
  },
] as const

/**
 * A sentence for each feature that a listed module uses, with the first place.
 *
 * @param root The project.
 */
export async function deprecatedFeatures(root: string = projectRoot): Promise<string[]> {
  const modules = listedModules(await textOf(join(root, MODULE_LIST)))
  return (await Promise.all(modules.map((module) => usesOf(module, root)))).flat()
}

async function usesOf(module: string, root: string): Promise<string[]> {
  const folder = `servers/${module}`
  const names = await readdir(join(root, folder), { recursive: true }).catch(() => [])
  const places = new Map<(typeof FEATURES)[number], string[]>()
  for (const name of names.filter((it) => /\.tsx?$/.test(it)).sort()) {
    const text = withoutComments(await textOf(join(root, folder, name)))
    for (const [index, line] of text.split('\n').entries()) {
      for (const feature of FEATURES.filter(({ pattern }) => pattern.test(line))) {
        places.set(feature, [...(places.get(feature) ?? []), `${folder}/${name}:${index + 1}`])
      }
    }
  }
  return [...places].map(([{ uses, instead }, [first, ...more]]) => {
    const others = more.length === 0 ? '' : `, and ${more.length} more,`
    return (
      `Warning: ${first}${others} uses ${uses} deprecated since MCP 2026-07-28 and may go with ` +
      `the first revision after 2027-07-28. ${instead}`
    )
  })
}

/** Whoever saves may just be putting another file in its place; that is no reason to stop. */
const textOf = (path: string): Promise<string> => readFile(path, 'utf8').catch(() => '')

/** Strings stay, so that what looks like a comment inside one is none; so do lines. */
function withoutComments(text: string): string {
  try {
    return text.replace(STRING_OR_COMMENT, (found) =>
      found.startsWith('/') ? found.replace(/[^\n]/g, ' ') : found,
    )
  } catch {
    // A literal of megabytes is too deep for the engine; a warning is no reason to stop.
    return text
  }
}

const STRING_OR_COMMENT =
  /(["'])(?:\\.|(?!\1)[^\\\n])*\1|`(?:\\.|[^\\`])*`|\/\/[^\n]*|\/\*[\s\S]*?\*\//g
