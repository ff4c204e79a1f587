import type { DispatchPorts } from '../../src/dispatch'

/** Ports of modules that declare nothing of the world outside. */
export const NOTHING_OUTSIDE: Pick<
  DispatchPorts,
  'settingsOf' | 'network' | 'ledgerOf' | 'questionLink' | 'development'
> = {
  development: false,
  questionLink: async (origin, { personId, url }) => `${origin}/open/${personId}/${url}`,
  ledgerOf: () => {
    throw new Error('nothing was to be kept')
  },
  settingsOf: () => ({ ok: true, settings: { config: {}, secrets: [] } }),
  network: async () => {
    throw new Error('nothing was to be fetched')
  },
}
