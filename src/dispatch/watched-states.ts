import type { State, States } from '../sdk'
import type { RunEnd } from './run-with-deadline'

type AnyStates = Record<string, States<unknown, unknown>>

/**
 * States that note where a change of them would be made again by the next run. Only in development.
 * A new one that nobody writes is kept nowhere, so that to make it changes nothing.
 */
export function watchedStates(states: AnyStates, ended: RunEnd): AnyStates {
  const watched = (name: string, state: State<unknown, unknown>): State<unknown, unknown> => {
    const note = (method: string): void => ended.noteEffect(`ctx.state.${name} with ${method}`)
    return {
      handle: state.handle,
      get value() {
        return state.value
      },
      write(value) {
        note('write')
        return state.write(value)
      },
      update(change) {
        note('update')
        return state.update(change)
      },
      delete() {
        note('delete')
        return state.delete()
      },
    }
  }
  return Object.fromEntries(
    Object.entries(states).map(([name, kind]) => [
      name,
      {
        open: async (handle) => watched(name, await kind.open(handle)),
        create: async () => watched(name, await kind.create()),
      } satisfies States<unknown, unknown>,
    ]),
  )
}
