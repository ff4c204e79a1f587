/** What start-up says of kinds of state. */
import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { createRegistry, RegistryError } from '../../src/registry'
import {
  defineResource,
  defineServer,
  defineState,
  defineTool,
  type StateDefinitions,
  type StateOptions,
} from '../../src/sdk'

const options = { name: 'basket', schema: z.object({ items: z.array(z.string()) }) }
const basket = defineState({ ...options, initial: { items: [] } })

function problemsOf(...all: StateDefinitions[]): readonly string[] {
  const tools = all.map((state, index) =>
    defineTool({ name: `tool_${index}`, description: 'x', uses: { state }, run: () => '' }),
  )
  const resource = defineResource({
    name: 'shown',
    description: 'x',
    uri: 'lab://shown',
    uses: { state: { basket } },
    read: () => '',
  })
  try {
    const module = { name: 'lab', version: '1.0.0', tools, resources: [resource] }
    createRegistry([defineServer(module)])
    return []
  } catch (error) {
    if (error instanceof RegistryError) {
      return error.problems.map((it) => it.replace('servers/lab/index.ts: ', ''))
    }
    throw error
  }
}

describe('a kind of state', () => {
  it('may be used by several items, under names of their own', () => {
    expect(problemsOf({ basket }, { cart: basket })).toEqual([])
  })

  it('is defined once in a module', () => {
    const twin = defineState({ ...options, initial: { items: [] } })
    expect(problemsOf({ basket: twin })).toEqual([
      'resources[0].uses.state.basket.name "basket" is that of another definition; use one for both',
    ])
  })

  it.each<[string, Partial<StateOptions<z.ZodType>>, string]>([
    ['a name that is no word', { name: 'My basket' }, 'name "My basket" must match'],
    ['no time', { ttlSeconds: 0 }, 'ttlSeconds must be 60 to 2592000'],
    ['more than 30 days', { ttlSeconds: 31 * 86_400 }, 'ttlSeconds must be 60 to 2592000'],
    ['an initial value that its schema refuses', { initial: {} }, 'initial is not what its schema'],
    ['an initial value that is no JSON', { initial: undefined }, 'initial is not what its schema'],
  ])('is refused with %s', (_, change, problem) => {
    const faulty = defineState<z.ZodType>({
      ...options,
      name: 'other',
      initial: { items: [] },
      ...change,
    })
    expect(problemsOf({ faulty })).toEqual([
      expect.stringContaining(`tools[0].uses.state.faulty.${problem}`),
    ])
  })
})
