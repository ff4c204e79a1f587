import type { AuditWriter } from '../../src/audit'

/** For calls whose record nobody looks at. */
export const NO_AUDIT: AuditWriter = {
  write: () => {},
  writeNow: async () => true,
  gather: () => {},
  afterwards: (work) => work(),
}
