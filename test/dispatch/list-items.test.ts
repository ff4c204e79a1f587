import { describe, expect, it } from 'vitest'
import { createDispatch, listPage } from '../../src/dispatch'
import { createSealer, emptySealerCache, PURPOSES } from '../../src/keys'
import { decodeBase64Url, encodeBase64Url } from '../../src/lib'
import type { Revision } from '../../src/protocol'
import type { HostedServer, ListName } from '../../src/registry'
import {
  type Caller,
  defineResource,
  defineResourceTemplate,
  defineTool,
  type ListedResource,
  type Principal,
  type ResourceList,
} from '../../src/sdk'
import { CALLER, circumstances, host } from './harness'
import { NOTHING_OUTSIDE } from './outside'

let now = 1_800_000_000
const secret = crypto.getRandomValues(new Uint8Array(32)).buffer
const current = { id: 1, secret, createdAt: now, verifiesUntil: null }
const sealer = createSealer(
  {
    tenant: 'default',
    readRing: async () => ({ current, older: [], idSecret: secret }),
    now: () => now,
  },
  emptySealerCache(),
)
const dispatch = createDispatch({
  ...NOTHING_OUTSIDE,
  now: () => 0,
  started: async () => true,
  record() {},
  databaseOf: () => ({ ok: false as const, remedy: 'no database' }),
})

interface Asking {
  cursor?: unknown
  list?: ListName
  revision?: Revision
  caller?: Partial<Caller>
}

async function page(server: HostedServer, asking: Asking = {}) {
  const { cursor, list = 'resources', revision = '2026-07-28', caller } = asking
  const request = {
    ...{ list, cursor, revision, caller: { ...CALLER, ...caller } },
    circumstances: circumstances(server),
  }
  const { json, nextCursor } = await listPage(request, { sealer, dispatch, now: () => now })
  return { items: JSON.parse(json), nextCursor }
}

/** The number of items on each page, and all of them by what tells them apart. */
async function allPages(server: HostedServer, asking: Asking = {}) {
  const counts: number[] = []
  const keys: string[] = []
  let cursor: string | undefined
  do {
    const { items, nextCursor } = await page(server, { ...asking, cursor })
    counts.push(items.length)
    keys.push(...items.map(({ uri, name }: { uri?: string; name: string }) => uri ?? name))
    cursor = nextCursor
  } while (cursor !== undefined)
  return { counts, keys }
}

const refused = { kind: 'invalid_params', code: -32602, message: expect.stringContaining('cursor') }

const toolsOf = (count: number) =>
  Array.from({ length: count }, (_, index) =>
    defineTool({ name: `t${index}`, description: 'x', run: () => '' }),
  )
const declared = (count: number) =>
  Array.from({ length: count }, (_, index) =>
    defineResource({ name: `d${index}`, description: 'x', uri: `lab://d${index}`, read: () => '' }),
  )
/** A template with `count` resources, `size` a page. */
const numbered = (name: string, count: number, size: number, over = {}) => ({
  ...defineResourceTemplate({
    name,
    description: 'x',
    uriTemplate: `${name}://{id}`,
    mimeType: 'text/plain',
    list(cursor): ResourceList {
      const start = Number(cursor ?? 0)
      const left = Math.min(size, count - start)
      return {
        resources: Array.from({ length: left }, (_, index) => ({
          uri: `${name}://${start + index}`,
          name: `${name}-${start + index}`,
        })),
        ...(start + left < count && { nextCursor: String(start + left) }),
      }
    },
    read: () => '',
  }),
  ...over,
})
const listing = (list: () => ResourceList | Promise<ResourceList>) =>
  host({
    resourceTemplates: [
      defineResourceTemplate({
        name: 'it',
        description: 'x',
        uriTemplate: 'it://{id}',
        list,
        read: () => '',
      }),
    ],
  })

describe('a list', () => {
  it('H-74 goes on where the cursor says, to the end', async () => {
    const { counts, keys } = await allPages(host({ tools: toolsOf(250) }), { list: 'tools' })
    expect(counts).toEqual([100, 100, 50])
    expect(keys).toEqual(Array.from({ length: 250 }, (_, index) => `t${index}`))
  })

  it('of resources has those that are declared, then those that templates list', async () => {
    const server = host({
      resources: declared(2),
      resourceTemplates: [numbered('a', 5, 2), numbered('b', 3, 10), numbered('c', 0, 10)],
    })
    const { counts, keys } = await allPages(server)
    expect(keys).toEqual([
      ...['lab://d0', 'lab://d1'],
      ...['a://0', 'a://1', 'a://2', 'a://3', 'a://4'],
      ...['b://0', 'b://1', 'b://2'],
    ])
    expect(counts).toEqual([4, 2, 4])
  })

  it('has no empty page before its last', async () => {
    const server = host({
      resourceTemplates: [numbered('a', 0, 10), numbered('b', 0, 10), numbered('c', 1, 10)],
    })
    expect((await allPages(server)).counts).toEqual([1])
  })

  it('begins a page for a template where the one before is full', async () => {
    const server = host({
      resources: declared(100),
      resourceTemplates: [numbered('a', 100, 100), numbered('b', 1, 1)],
    })
    expect((await allPages(server)).counts).toEqual([100, 100, 1])
  })

  it('spells what a template lists as the revision does, with the type of the template', async () => {
    const server = listing(() => ({
      resources: [{ uri: 'it://1', name: 'one', title: 'One', _meta: { own: 1 } }],
    }))
    expect((await page(server)).items).toEqual([
      { uri: 'it://1', name: 'one', title: 'One', _meta: { own: 1 } },
    ])
    expect((await page(server, { revision: '2025-03-26' })).items).toEqual([
      { uri: 'it://1', name: 'One' },
    ])
    const typed = host({ resourceTemplates: [numbered('a', 1, 1)] })
    expect((await page(typed)).items).toEqual([
      { uri: 'a://0', name: 'a-0', mimeType: 'text/plain' },
    ])
  })

  it('leaves out what the caller may not read', async () => {
    const server = host({
      scopes: { 'lab:read': 'Read' },
      resourceTemplates: [
        numbered('scoped', 1, 1, { scopes: ['lab:read'] }),
        numbered('limited', 1, 1, { roles: ['operator'] }),
        numbered('open', 1, 1),
      ],
    })
    expect((await allPages(server)).keys).toEqual(['open://0'])
    const caller = { scopes: new Set(['lab:read']), roles: new Set(['operator']) }
    expect((await allPages(server, { caller })).keys).toEqual([
      'scoped://0',
      'limited://0',
      'open://0',
    ])
  })

  it.each<[string, () => ResourceList | Promise<ResourceList>]>([
    ['throws', () => Promise.reject(new Error('password=hunter2'))],
    ['lists what cannot be read', () => ({ resources: [{ uri: 'other://1', name: 'x' }] })],
    ['lists too much', () => ({ resources: new Array<ListedResource>(1001) })],
    ['lists nothing that is a list', () => ({}) as ResourceList],
    ['has an endless cursor', () => ({ resources: [], nextCursor: 'x'.repeat(3000) })],
    ['lists megabytes', () => ({ resources: [{ uri: 'it://1', name: 'x'.repeat(2 ** 21) }] })],
  ])('ends in an error where its own code %s', async (_, list) => {
    const failed = page(listing(list))
    await expect(failed).rejects.toMatchObject({ kind: 'item_failed' })
    await expect(failed).rejects.not.toThrow('hunter2')
  })
})

describe('a cursor', () => {
  const nora: Principal = { kind: 'person', id: 'nora' }
  const server = host({ tools: toolsOf(101), resourceTemplates: [numbered('a', 3, 1)] })
  const cursorOf = async (asking: Asking = {}) => (await page(server, asking)).nextCursor ?? ''

  it.each(['', 'abc', 'AAAA', 7, null, {}, ['x'], 'x'.repeat(5000)])(
    'H-74, M-40 that was never given is refused: %j',
    async (cursor) => {
      await expect(page(server, { cursor })).rejects.toMatchObject(refused)
    },
  )

  it('H-74 that was changed in any byte is refused', async () => {
    const cursor = await cursorOf()
    const bytes = decodeBase64Url(cursor) ?? new Uint8Array()
    for (const index of bytes.keys()) {
      const forged = bytes.slice()
      forged[index] = (forged[index] ?? 0) ^ 1
      await expect(page(server, { cursor: encodeBase64Url(forged) })).rejects.toMatchObject(refused)
    }
  })

  it('H-74, S-09 is of no use to anybody else, for another list or in another module', async () => {
    const cursor = await cursorOf({ caller: { principal: nora } })
    await expect(page(server, { cursor, caller: { principal: nora } })).resolves.toBeDefined()
    const others: Asking[] = [
      { cursor },
      { cursor, caller: { principal: { kind: 'person', id: 'otto' } } },
      { cursor, caller: { principal: { kind: 'machine', id: 'nora' } } },
      { cursor, caller: { principal: nora }, list: 'tools' },
    ]
    for (const asking of others) {
      await expect(page(server, asking)).rejects.toMatchObject(refused)
    }
    const twin = host({ name: 'twin', resourceTemplates: [numbered('a', 3, 1)] })
    const own = { cursor, caller: { principal: nora } }
    await expect(page(twin, own)).rejects.toMatchObject(refused)
  })

  it('is of use to everyone who is anonymous: they all see the same', async () => {
    const cursor = await cursorOf({ list: 'tools' })
    const principal: Principal = { kind: 'anonymous', id: 'somebody else' }
    const { items } = await page(server, { list: 'tools', cursor, caller: { principal } })
    expect(items).toHaveLength(1)
  })

  it('is over after a day', async () => {
    const cursor = await cursorOf()
    now += PURPOSES.cursor - 1
    await expect(page(server, { cursor })).resolves.toBeDefined()
    now += 1
    await expect(page(server, { cursor })).rejects.toMatchObject(refused)
  })

  it('is of no use once its holder may not see the item it goes on from', async () => {
    const caller = { roles: new Set(['operator']) }
    const limited = host({
      tools: toolsOf(101).map((tool) => ({ ...tool, roles: ['operator' as const] })),
      scopes: { 'lab:read': 'Read' },
      resourceTemplates: [numbered('a', 3, 1, { scopes: ['lab:read'] })],
    })
    const { nextCursor } = await page(limited, { list: 'tools', caller })
    const lost = { list: 'tools' as const, cursor: nextCursor }
    await expect(page(limited, lost)).rejects.toMatchObject(refused)
    const scoped = { scopes: new Set(['lab:read']) }
    const { nextCursor: own } = await page(limited, { caller: scoped })
    await expect(page(limited, { cursor: own })).rejects.toMatchObject(refused)
  })
})
