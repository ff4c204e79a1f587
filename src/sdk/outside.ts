/**
 * What a module declares of the world outside: settings, secrets, hosts.
 *
 * @module
 */
import type { StandardSchemaV1 } from '@standard-schema/spec'

/**
 * The settings of a module, each with a schema for its text. A schema that lets `undefined` through
 * (`.optional()`, `.default(…)`) is for a setting that need not be there.
 */
export type ConfigSchemas = Readonly<Record<string, StandardSchemaV1>>

/** The settings as their schemas return them. */
export type ConfigOf<Schemas extends ConfigSchemas> = {
  readonly [Name in keyof Schemas]: StandardSchemaV1.InferOutput<Schemas[Name]>
}

/** A credential that the platform adds to requests; no code of the module ever holds it. */
export interface SecretSlot {
  /** What it is, for whoever has to set it. */
  description: string
  inject: SecretPlace
}

/**
 * Where a secret goes: a header of requests to one host, written as `format` says (`{secret}` unless
 * given), or a parameter of their query.
 */
export type SecretPlace =
  | { host: string; header: string; format?: string }
  | { host: string; query: string }

/** A secret with its value, ready to be added. The platform's own; it never reaches a module. */
export type Injection = { host: string; secret: string } & (
  | { header: string; value: string }
  | { query: string }
)

/** `fetch`, for the hosts that the module lists. */
export type Fetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>
