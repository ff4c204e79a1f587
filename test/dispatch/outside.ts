import { createCacheMemories, type DispatchPorts } from '../../src/dispatch'

type OutsidePorts = Pick<
  DispatchPorts,
  | 'settingsOf'
  | 'network'
  | 'announce'
  | 'cacheOf'
  | 'sealer'
  | 'jurisdiction'
  | 'ledgerOf'
  | 'questionLink'
  | 'development'
>

const unwanted = async () => {
  throw new Error('nothing was to be sealed')
}

/** Ports of modules that declare nothing of the world outside, and keep nothing. */
export const NOTHING_OUTSIDE: OutsidePorts = {
  development: false,
  questionLink: async (origin, { personId, url }) => `${origin}/open/${personId}/${url}`,
  ledgerOf: () => {
    throw new Error('nothing was to be kept')
  },
  settingsOf: () => ({ ok: true, settings: { config: {}, secrets: [] } }),
  cacheOf: createCacheMemories(2),
  announce: () => undefined,
  network: async () => {
    throw new Error('nothing was to be fetched')
  },
  sealer: { seal: unwanted, open: unwanted, idKey: unwanted },
  jurisdiction: undefined,
}
