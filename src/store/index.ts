/**
 * D1 access, and the naming of every key and object.
 *
 * @module
 */
export { type AuditEvents, type AuditRow, auditEvents } from './audit-events'
export { type ClientGrantRow, type ClientGrants, clientGrants } from './client-grants'
export { type Clients, clients, type RegistrationLimits } from './clients'
export { hubName, topicHubName, VERSIONS_HUB } from './hub-name'
export { databasesBehind, moduleDatabase, PLATFORM_DATABASE } from './module-database'
export { databaseBinding, MODULE_NAME, settingName } from './module-name'
export { type ModuleSettings, moduleSettings, settingRemedy } from './module-settings'
export { objectById, objectStub } from './objects'
export { type Passkey, type People, type Person, people, type Role } from './people'
export { createSchemaCheck, type SchemaCheck, schemaRemedy } from './schema-check'
export {
  createSpool,
  MAX_SPOOL_BYTES,
  MAX_SPOOL_ROWS,
  type Spool,
  type SpoolBatch,
  type SpoolEntry,
  type SpoolQueue,
} from './spool'
export { firstRow, hasTable } from './sqlite'
