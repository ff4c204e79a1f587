/// <reference types="@cloudflare/vitest-plugin/types" />
/**
 * A module that runs random programs for whoever calls it, and how many of them a test tries.
 *
 * @module
 */
import { env } from 'cloudflare:workers'
import * as fc from 'fast-check'
import { defineServer, defineTool, jsonSchema } from '../../src/sdk'
import { type Done, endOf, interpret, type Part } from './programs'

/** `npm run soak` has many more of them than CI. */
export const PROGRAMS = Number(Reflect.get(env, 'SOAK_PROGRAMS'))
const IS_SOAK = PROGRAMS > 100
/** On each wire, where one takes much longer than on the engine. */
export const WIRE_PROGRAMS = IS_SOAK ? PROGRAMS : Math.ceil(PROGRAMS / 4)

/** Programs at a time: a call that lost its client or its runner waits for most of its life. */
export const LANES = 5

/**
 * Tries a property on programs, in as many lanes at a time. The seed is
 * fixed in CI, and another one each time where many are tried; a failure names its own.
 */
export async function tryMany<Values>(
  property: fc.IAsyncProperty<Values>,
  { runs, seed, lanes = 1, ...how }: TryOptions & fc.Parameters<Values>,
): Promise<void> {
  const first = IS_SOAK ? Date.now() : seed
  const lane = (_: unknown, index: number) =>
    fc.assert(property, {
      ...how,
      seed: (first + index) | 0,
      numRuns: Math.floor((runs + index) / lanes),
    })
  await Promise.all(Array.from({ length: lanes }, lane))
}

interface TryOptions {
  runs: number
  seed: number
  lanes?: number
}

const doneBy = new Map<string, Done>()

/** A call of a program, and what it really did; to be forgotten when it is over. */
export function programCall(parts: readonly Part[]) {
  const id = crypto.randomUUID()
  const done: Done = new Map()
  doneBy.set(id, done)
  return { args: { id, parts }, done, forget: () => void doneBy.delete(id) }
}

const random = defineTool({
  name: 'random',
  description: 'Runs a program.',
  input: jsonSchema<{ id: string; parts: Part[] }>({
    type: 'object',
    properties: { id: { type: 'string' }, parts: { type: 'array' } },
    required: ['id', 'parts'],
  }),
  run: ({ id, parts }, context) => endOf(interpret(parts, context, doneBy.get(id) ?? new Map())),
})

export const randomModule = defineServer({
  name: 'lab',
  version: '1.0.0',
  access: 'public',
  tools: [random],
})
