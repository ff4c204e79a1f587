import type { DispatchPorts } from '../../src/dispatch'

/** Ports of modules that declare nothing of the world outside. */
export const NOTHING_OUTSIDE: Pick<DispatchPorts, 'settingsOf' | 'network' | 'announce'> = {
  settingsOf: () => ({ ok: true, settings: { config: {}, secrets: [] } }),
  announce: () => undefined,
  network: async () => {
    throw new Error('nothing was to be fetched')
  },
}
