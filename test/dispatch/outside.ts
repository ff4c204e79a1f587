import { createCacheMemories, type DispatchPorts } from '../../src/dispatch'

/** Ports of modules that declare nothing of the world outside. */
export const NOTHING_OUTSIDE: Pick<DispatchPorts, 'settingsOf' | 'network' | 'cacheOf'> = {
  settingsOf: () => ({ ok: true, settings: { config: {}, secrets: [] } }),
  cacheOf: createCacheMemories(2),
  network: async () => {
    throw new Error('nothing was to be fetched')
  },
}
