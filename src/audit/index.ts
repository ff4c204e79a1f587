/**
 * The append-only record of who did what: what an event is, how it is written without holding up a
 * call, and how it reaches its table.
 *
 * @module
 */
export {
  AUDIT_EVENT_TYPES,
  AuditEvent,
  type AuditEventType,
  type AuditFacts,
  type AuditOrigin,
} from './audit-event'
export {
  type AuditQueue,
  type AuditWriter,
  type AuditWriterPorts,
  type AuditWriters,
  createAuditWriters,
  emptyWriterMemory,
  LABEL_DEADLINE_MS,
  type SpooledEvents,
  type WriterMemory,
} from './audit-writer'
export { consumeAudit } from './consume-audit'
export type { FloodCount } from './flood-count'
export { redact } from './redact'
