/** `ctx.state` on the real objects: what leads where, for whom, and until when. */
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, expectTypeOf, it } from 'vitest'
import * as z from 'zod'
import { readConfig } from '../../src/config'
import {
  createStates,
  type StateCircumstances,
  type StateLedger,
  type StatePorts,
} from '../../src/dispatch/state'
import { createSealer, emptySealerCache } from '../../src/keys'
import { ownLedgerName } from '../../src/ledger'
import {
  type Caller,
  defineState,
  defineTool,
  type State,
  type StateDefinition,
  type States,
  ToolError,
} from '../../src/sdk'
import { objectStub } from '../../src/store'
import { CALLER } from './harness'

const basket = defineState({
  name: 'basket',
  schema: z.object({ items: z.array(z.string().max(70_000)).max(5).default([]) }),
  initial: {},
  ttlSeconds: 3600,
})
type Basket = State<{ items?: string[] | undefined }, { items: string[] }>
type Baskets = States<{ items?: string[] | undefined }, { items: string[] }>

const NOW = Math.floor(Date.now() / 1000)
const DAY = 86_400
const person = (id: string): Partial<Caller> => ({ principal: { kind: 'person', id } })
const stranger = (): Partial<Caller> => ({
  principal: { kind: 'anonymous', id: crypto.randomUUID() },
})
let sessions = 0
const session = (expiresAt = NOW + 30 * DAY) => ({
  id: `session-${++sessions}`,
  expiresAt,
  jurisdiction: undefined,
})

interface Changes extends Partial<StateCircumstances>, Partial<StatePorts> {
  tenant?: string
  who?: Partial<Caller>
  definition?: StateDefinition
}

/** The `ctx.state.basket` of one call, in an isolate of its own. */
function baskets({ who, definition = basket, tenant = 'default', ...changes }: Changes): Baskets {
  const config = { ...readConfig(env), tenant }
  const now = changes.now ?? (() => NOW * 1000)
  const readRing = (at: number) => objectStub(env.KEY_RING, config, 'keys').ring(at)
  const circumstances = {
    module: 'shop',
    session: undefined,
    caller: { ...CALLER, ...person('ada'), ...who, tenant },
    ...changes,
  }
  const ports: StatePorts = {
    sealer: createSealer({ tenant, readRing, now: () => now() / 1000 }, emptySealerCache()),
    ledgerOf: (subject) => objectStub(env.CALL_LEDGER, config, ownLedgerName(subject)),
    jurisdiction: undefined,
    now,
    ...changes,
  }
  const { state } = createStates({ state: definition }, circumstances, ports)
  return state as Baskets // by its definition
}

const ledgerOf = (subject: string) =>
  objectStub(env.CALL_LEDGER, readConfig(env), ownLedgerName(subject))

async function kept(subject: string): Promise<unknown[]> {
  return runInDurableObject(ledgerOf(subject), (_, { storage }) => {
    const { sql } = storage
    const tables = sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'states'").toArray()
    return tables.length === 0 ? [] : sql.exec('SELECT name, id FROM states').toArray()
  })
}

/** The code of what is thrown, and its words. */
async function refusal(work: Promise<unknown>): Promise<[string, string]> {
  const thrown = await work.then(
    () => undefined,
    (error: unknown) => error,
  )
  if (!(thrown instanceof ToolError)) throw new Error(`not refused: ${thrown}`)
  return [thrown.code, thrown.message]
}
const put = (open: Basket, ...items: string[]) =>
  open.update((value) => ({ items: [...value.items, ...items] }))

describe('a state', () => {
  it('has the types of its schema', () => {
    defineTool({
      name: 'add',
      description: 'For tests.',
      uses: { state: { basket } },
      async run(_, { state }) {
        expectTypeOf(state.basket).toEqualTypeOf<Baskets>()
        const open = await state.basket.open()
        expectTypeOf(open.value).toEqualTypeOf<{ items: string[] }>()
        expectTypeOf(open.write).parameters.toEqualTypeOf<[{ items?: string[] | undefined }]>()
        return open.handle
      },
    })
  })

  it('begins as its definition says, and is kept once it is written', async () => {
    const who = person('begins')
    const open = await baskets({ who }).open()
    expect(open.value).toEqual({ items: [] })
    expect(await kept('person:begins')).toEqual([])
    await open.write({ items: ['apple'] })
    expect(open.value).toEqual({ items: ['apple'] })
    expect(await kept('person:begins')).toHaveLength(1)
    expect((await baskets({ who }).open(open.handle)).value).toEqual({ items: ['apple'] })
  })

  it('is another one each time without a handle', async () => {
    const [one, two] = [await baskets({}).open(), await baskets({}).open()]
    await put(one, 'apple')
    await put(two, 'pear')
    expect((await baskets({}).open(one.handle)).value).toEqual({ items: ['apple'] })
    expect((await baskets({}).open(two.handle)).value).toEqual({ items: ['pear'] })
  })

  it('has a handle that a model can copy', async () => {
    const { handle } = await baskets({ who: person(`${'x'.repeat(22)}.${'y'.repeat(22)}`) }).open()
    expect(handle).toMatch(/^[\w-]{100,150}$/)
  })

  it('is there after its object and every isolate are gone', async () => {
    const who = person('evicted')
    const open = await baskets({ who }).open()
    await put(open, 'apple')
    await evictDurableObject(ledgerOf('person:evicted'))
    const again = await baskets({ who }).open(open.handle)
    await put(again, 'pear')
    await evictDurableObject(ledgerOf('person:evicted'))
    expect((await baskets({ who }).open(open.handle)).value).toEqual({ items: ['apple', 'pear'] })
  })

  it('leads on where it was when the setting of the jurisdiction changes', async () => {
    const asked: unknown[] = []
    const noting = (subject: string, jurisdiction: unknown): StateLedger => {
      asked.push(jurisdiction)
      return ledgerOf(subject)
    }
    const open = await baskets({ jurisdiction: 'eu', ledgerOf: noting }).open()
    await put(open, 'apple')
    await baskets({ jurisdiction: 'us', ledgerOf: noting }).open(open.handle)
    expect(asked).toEqual(['eu', 'eu'])
  })

  it('can be deleted, and its handle leads nowhere then', async () => {
    const open = await baskets({}).open()
    await put(open, 'apple')
    await open.delete()
    expect(open.value).toEqual({ items: [] })
    expect((await refusal(baskets({}).open(open.handle)))[0]).toBe('state_expired')
  })
})

describe('a handle', () => {
  const other = defineState({ ...basket, name: 'wishes' })

  it.each<[string, Changes]>([
    ['another person', { who: person('bob') }],
    ['a machine of the same id', { who: { principal: { kind: 'machine', id: 'ada' } } }],
    ['nobody who is known', { who: stranger() }],
    ['another module', { module: 'market' }],
    ['another kind of state', { definition: other }],
    ['another tenant', { tenant: 'other' }],
  ])('S-09 of one caller is unknown to %s', async (_, changes) => {
    const open = await baskets({}).open()
    await put(open, 'apple')
    const unknown = await refusal(baskets(changes).open('made up'))
    expect(unknown[0]).toBe('state_unknown')
    expect(await refusal(baskets(changes).open(open.handle))).toEqual(
      unknown.map((it) => it.replaceAll('basket', changes.definition?.name ?? 'basket')),
    )
  })

  it.each(['', 'made up', '{}', 'a'.repeat(136)])('is none when it is %j', async (handle) => {
    expect(await refusal(baskets({}).open(handle))).toEqual([
      'state_unknown',
      'There is no such basket. Use its handle exactly as it was returned, or begin a new basket without one.',
    ])
  })

  it('is none when it was sealed for something else, or tampered with', async () => {
    const { handle } = await baskets({}).open()
    const config = readConfig(env)
    const readRing = (at: number) => objectStub(env.KEY_RING, config, 'keys').ring(at)
    const ports = { tenant: 'default', readRing, now: () => NOW }
    const sealed = await createSealer(ports, emptySealerCache()).seal('cursor', ['a', 'b', 1])
    const tampered = `${handle.slice(0, 40)}${handle[40] === 'A' ? 'B' : 'A'}${handle.slice(41)}`
    for (const wrong of [sealed, tampered]) {
      expect((await refusal(baskets({}).open(wrong)))[0]).toBe('state_unknown')
    }
  })

  it('of somebody anonymous is all there is to know of them: it works for who has it', async () => {
    const open = await baskets({ who: stranger() }).open()
    await put(open, 'apple')
    const again = await baskets({ who: stranger() }).open(open.handle)
    expect(again.value).toEqual({ items: ['apple'] })
    expect((await refusal(baskets({}).open(open.handle)))[0]).toBe('state_unknown')
  })

  it('of one stranger leads to an object that no other has anything in', async () => {
    const asked = new Set<string>()
    const noting = (subject: string): StateLedger => {
      asked.add(subject)
      return ledgerOf(subject)
    }
    for (let count = 0; count < 3; count++) {
      await put(await baskets({ who: stranger(), ledgerOf: noting }).open(), 'apple')
    }
    expect(asked.size).toBe(3)
  })
})

describe('a session of 2025', () => {
  it('leads to a state without a handle, and to no other session’s', async () => {
    const mine = session()
    await put(await baskets({ session: mine }).open(), 'apple')
    await put(await baskets({ session: mine }).open(), 'pear')
    expect((await baskets({ session: mine }).open()).value).toEqual({ items: ['apple', 'pear'] })
    expect((await baskets({ session: session() }).open()).value).toEqual({ items: [] })
  })

  it('leads to the same by the handle of its state, for its caller', async () => {
    const mine = session()
    const open = await baskets({ session: mine }).open()
    await put(open, 'apple')
    expect((await baskets({}).open(open.handle)).value).toEqual({ items: ['apple'] })
    const theirs = baskets({ who: person('bob'), session: mine })
    expect((await refusal(theirs.open(open.handle)))[0]).toBe('state_unknown')
    expect((await theirs.open()).value).toEqual({ items: [] })
  })

  it('of somebody anonymous leads to one too', async () => {
    const mine = session()
    const who = stranger()
    await put(await baskets({ who, session: mine }).open(), 'apple')
    expect((await baskets({ who, session: mine }).open()).value).toEqual({ items: ['apple'] })
  })

  it('can have further ones', async () => {
    const mine = session()
    const further = await baskets({ session: mine }).create()
    await put(further, 'pear')
    expect((await baskets({ session: mine }).open()).value).toEqual({ items: [] })
    expect((await baskets({ session: mine }).open(further.handle)).value.items).toEqual(['pear'])
  })

  it('begins again when its state is over', async () => {
    const mine = session()
    await put(await baskets({ session: mine }).open(), 'apple')
    const later = () => (NOW + 3600) * 1000
    expect((await baskets({ session: mine, now: later }).open()).value).toEqual({ items: [] })
  })

  it('ends what it leads to with itself', async () => {
    const mine = session(NOW + 100)
    const open = await baskets({ session: mine, who: person('short') }).open()
    await put(open, 'apple')
    const later = () => (NOW + 100) * 1000
    const again = baskets({ who: person('short'), now: later })
    expect((await refusal(again.open(open.handle)))[0]).toBe('state_expired')
  })
})

describe('two calls at once', () => {
  it('cannot both write what they have read: the second is told', async () => {
    const open = await baskets({}).open()
    await put(open, 'apple')
    const [one, two] = [await baskets({}).open(open.handle), await baskets({}).open(open.handle)]
    await one.write({ items: ['one'] })
    expect(await refusal(two.write({ items: ['two'] }))).toEqual([
      'state_conflict',
      'This basket was changed by another call in the meantime, and nothing was changed by this one. Look at it again before you repeat the call.',
    ])
    expect((await baskets({}).open(open.handle)).value).toEqual({ items: ['one'] })
  })

  it('lose no update', async () => {
    const counter = defineState({ name: 'counter', schema: z.int(), initial: 0 })
    const counters = () => baskets({ definition: counter }) as unknown as States<number, number>
    const first = await counters().open()
    await first.write(0)
    const all = await Promise.all(Array.from({ length: 8 }, () => counters().open(first.handle)))
    await Promise.all(all.map((open) => open.update((count) => count + 1)))
    expect((await counters().open(first.handle)).value).toBe(8)
  })

  it('lose no update of what is not kept yet, in one session', async () => {
    const mine = session()
    const all = await Promise.all(
      ['a', 'b', 'c'].map(async (item) => ({
        item,
        open: await baskets({ session: mine }).open(),
      })),
    )
    await Promise.all(all.map(({ open, item }) => put(open, item)))
    const { items } = (await baskets({ session: mine }).open()).value
    expect(items.sort()).toEqual(['a', 'b', 'c'])
  })

  it('give up at some time, and say so', async () => {
    const open = await baskets({}).open()
    await put(open, 'apple')
    let runs = 0
    const contended = open.update(async () => {
      runs++
      await (await baskets({}).open(open.handle)).write({ items: [`${runs}`] })
      return { items: ['mine'] }
    })
    expect((await refusal(contended))[0]).toBe('state_conflict')
    expect(runs).toBe(10)
  })

  it('do not take the place of one that was deleted and begun again', async () => {
    const mine = session()
    const [one, two] = [baskets({ session: mine }), baskets({ session: mine })]
    await put(await one.open(), 'apple')
    const stale = await two.open()
    const open = await one.open()
    await open.delete()
    await put(open, 'pear')
    expect((await refusal(stale.write({ items: ['stale'] })))[0]).toBe('state_conflict')
  })
})

describe('what is kept', () => {
  it('is dropped so long after its last change, and not before', async () => {
    const who = person('expiring')
    const open = await baskets({ who }).open()
    await put(open, 'apple')
    const at = (seconds: number) => baskets({ who, now: () => (NOW + seconds) * 1000 })
    await put(await at(3599).open(open.handle), 'pear')
    expect((await at(7198).open(open.handle)).value.items).toEqual(['apple', 'pear'])
    expect(await refusal(at(7199).open(open.handle))).toEqual([
      'state_expired',
      'This basket has expired or was deleted. Begin a new basket, without a handle.',
    ])
  })

  it('is out of reach with its handle after 30 days, however often it was changed', async () => {
    const long = defineState({ ...basket, ttlSeconds: 30 * DAY })
    const at = (days: number) => baskets({ definition: long, now: () => (NOW + days * DAY) * 1000 })
    const open = await at(0).open()
    await put(open, 'apple')
    await put(await at(29).open(open.handle), 'pear')
    expect((await refusal(at(30).open(open.handle)))[0]).toBe('state_expired')
  })

  it('is deleted by the alarm of its object, and the rest of the object with the last', async () => {
    const who = person('alarmed')
    const past = () => (NOW - 7200) * 1000
    await put(await baskets({ who, now: past }).open(), 'old')
    const open = await baskets({ who }).open()
    await put(open, 'new')
    const object = ledgerOf('person:alarmed')
    expect(await kept('person:alarmed')).toHaveLength(2)
    expect(await runDurableObjectAlarm(object)).toBe(true)
    expect(await kept('person:alarmed')).toHaveLength(1)
    const due = await runInDurableObject(object, (_, { storage }) => storage.getAlarm())
    expect(due).toBe((NOW + 3600) * 1000)

    await open.delete()
    expect(await runDurableObjectAlarm(object)).toBe(true)
    const left = await runInDurableObject(object, async (_, { storage }) => ({
      tables: storage.sql.exec('SELECT name FROM sqlite_master').toArray(),
      alarm: await storage.getAlarm(),
    }))
    expect(left).toEqual({ tables: [], alarm: null })
    await put(await baskets({ who }).open(), 'after all')
    expect(await kept('person:alarmed')).toHaveLength(1)
  })

  it('has at most 64 KiB as UTF-8', async () => {
    const open = await baskets({}).open()
    // Two bytes each.
    await put(open, 'ä'.repeat(32_000))
    expect(await refusal(put(open, 'ä'.repeat(1000)))).toEqual([
      'state_too_large',
      'This basket would have 66017 bytes, and at most 65536 are kept. Nothing was changed; put less into it.',
    ])
    expect((await baskets({}).open(open.handle)).value.items).toHaveLength(1)
  })

  it('is what the schema takes', async () => {
    const open = await baskets({}).open()
    const [code, words] = await refusal(open.write({ items: Array(6).fill('x') }))
    expect(code).toBe('state_invalid')
    expect(words).toMatch(/^This is no basket that could be kept.*\n- items: /)
    expect(open.value).toEqual({ items: [] })
  })

  it('is judged as JSON would have it', async () => {
    const dated = defineState({ name: 'dated', schema: z.any(), initial: null })
    const open = await baskets({ definition: dated }).open()
    await open.write({ at: new Date(0), gone: undefined } as never)
    expect(open.value).toEqual({ at: '1970-01-01T00:00:00.000Z' })
    await expect(open.write(undefined as never)).rejects.toThrow('must be JSON')
  })

  it('counts 64 at most for each module of a caller; the one written longest ago goes', async () => {
    const who = person('many')
    const market = await baskets({ who, module: 'market' }).open()
    await put(market, 'apple')
    const all: Basket[] = []
    for (let count = 0; count < 64; count++) {
      const open = await baskets({ who }).open()
      await put(open, String(count))
      all.push(open)
    }
    const [first, second] = all
    if (!first || !second) throw new Error('there should be many')
    await put(first, 'again')
    await put(await baskets({ who }).open(), 'one more')
    expect((await baskets({ who }).open(first.handle)).value.items).toEqual(['0', 'again'])
    expect((await refusal(baskets({ who }).open(second.handle)))[0]).toBe('state_expired')
    expect((await baskets({ who, module: 'market' }).open(market.handle)).value.items).toEqual([
      'apple',
    ])
    expect(await kept('person:many')).toHaveLength(65)
  })

  it('has a mebibyte at most for each module of a caller', async () => {
    const who = person('large')
    const all: Basket[] = []
    for (let count = 0; count < 17; count++) {
      const open = await baskets({ who }).open()
      await put(open, 'x'.repeat(65_000))
      all.push(open)
    }
    const gone = await Promise.all(
      all.map(({ handle }) =>
        baskets({ who })
          .open(handle)
          .then(
            () => '',
            () => 'gone',
          ),
      ),
    )
    expect(gone).toEqual(['gone', ...Array(16).fill('')])
  })

  it('of an earlier version that cannot be read is told from what is over', async () => {
    const renamed = defineState({
      name: 'basket',
      schema: z.object({ lines: z.array(z.string()) }),
      initial: { lines: [] },
    })
    const open = await baskets({}).open()
    await put(open, 'apple')
    const [code, words] = await refusal(baskets({ definition: renamed }).open(open.handle))
    expect(code).toBe('state_outdated')
    expect(words).toContain('earlier version')
    // A session has no other to turn to.
    const mine = session()
    await put(await baskets({ session: mine }).open(), 'apple')
    const anew = await baskets({ session: mine, definition: renamed }).open()
    expect(anew.value).toEqual({ lines: [] })
    await anew.write({ lines: ['pear'] } as never)
    expect((await baskets({ session: mine, definition: renamed }).open()).value).toEqual({
      lines: ['pear'],
    })
  })
})

describe('an object that cannot be reached', () => {
  /** Loses the first answers, after the object has done what it was asked. */
  const losing = (answers: number) => {
    let lost = 0
    const passOn = async <T>(work: Promise<T>): Promise<T> => {
      const answer = await work
      if (lost++ < answers) throw new Error('the object has moved')
      return answer
    }
    return (subject: string): StateLedger => {
      const stub = ledgerOf(subject)
      const ledger = {
        readState: (...all: Parameters<typeof stub.readState>) => passOn(stub.readState(...all)),
        writeState: (...all: Parameters<typeof stub.writeState>) => passOn(stub.writeState(...all)),
        deleteState: (...all: Parameters<typeof stub.deleteState>) =>
          passOn(stub.deleteState(...all)),
      }
      return ledger as unknown as StateLedger
    }
  }

  it('is asked once more, and has written once', async () => {
    const open = await baskets({ ledgerOf: losing(1) }).open()
    await open.write({ items: ['apple'] })
    const again = await baskets({ ledgerOf: losing(1) }).open(open.handle)
    expect(again.value).toEqual({ items: ['apple'] })
    await again.write({ items: ['pear'] })
  })

  it('is a failure that says what to do', async () => {
    const open = await baskets({ ledgerOf: losing(9) }).open()
    expect(await refusal(open.write({ items: ['apple'] }))).toEqual([
      'state_unavailable',
      'What is kept as basket cannot be reached right now. Try again in a few seconds.',
    ])
  })
})
