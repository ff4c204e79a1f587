import { isVisible } from '../policy'
import { CODECS, type Revision, type RevisionCodec } from '../protocol'
import type { Role } from '../sdk'

/** The lists of a module, each called as its field in the result. */
export type ListName = 'tools' | 'resources' | 'resourceTemplates' | 'prompts'

/** A page of a list, as clients of one revision see it. */
export interface ListPage {
  /** A JSON array. */
  json: string
  count: number
  /** Where the next page goes on; undefined on the last one. */
  last: string | undefined
}

export interface Lists {
  /**
   * A page of a list for callers with these roles: rendered once per isolate, revision and set of
   * items they can see.
   *
   * @param after `last` of the page before; undefined for the first.
   * @returns Undefined when no item that the caller can see is called `after`.
   */
  page(
    list: ListName,
    revision: Revision,
    roles: ReadonlySet<string>,
    after?: string,
  ): ListPage | undefined
  /** The whole of some lists as one text: the same as long as no client could see a difference. */
  summary(...lists: ListName[]): string
}

/** One item of a list. */
export interface Entry {
  /** Tells it from every other item of the list. */
  key: string
  roles: readonly Role[] | undefined
  spell(codec: RevisionCodec): Record<string, unknown>
}

/** More than a sensible module has, so that clients which never ask for a second page see it all. */
export const PAGE_SIZE = 100

export function createLists(entries: Readonly<Record<ListName, readonly Entry[]>>): Lists {
  const rendered = new Map<string, ListPage>()
  // Roles are few; the ones no item asks about make no difference.
  const asked = [...new Set(Object.values(entries).flatMap(rolesOf))].sort()
  return {
    page(list, revision, roles, after = '') {
      const held = asked.filter((role) => roles.has(role))
      const key = `${list} ${revision} ${held.join(',')} ${after}`
      const known = rendered.get(key)
      if (known) return known
      const page = render(entries[list], CODECS[revision], roles, after)
      if (page) rendered.set(key, page)
      return page
    },
    summary: (...lists) =>
      JSON.stringify(
        lists.map((list) =>
          entries[list].map(({ roles = [], spell }) => [roles, spell(CODECS['2026-07-28'])]),
        ),
      ),
  }
}

const rolesOf = (entries: readonly Entry[]): Role[] => entries.flatMap(({ roles }) => roles ?? [])

function render(
  entries: readonly Entry[],
  codec: RevisionCodec,
  roles: ReadonlySet<string>,
  after: string,
): ListPage | undefined {
  const visible = entries.filter((entry) => isVisible(entry, { roles }))
  const start = after === '' ? 0 : visible.findIndex(({ key }) => key === after) + 1
  if (after !== '' && start === 0) return undefined
  const page = visible.slice(start, start + PAGE_SIZE)
  const isLast = start + PAGE_SIZE >= visible.length
  return {
    json: JSON.stringify(page.map((entry) => entry.spell(codec))),
    count: page.length,
    last: isLast ? undefined : page.at(-1)?.key,
  }
}
