/// <reference types="@cloudflare/vitest-plugin/types" />
/**
 * Runs before each test file of the worker project: brings every D1 database up to date, the
 * platform's own and those of modules.
 *
 * @module
 */
import { applyD1Migrations, type D1Migration } from 'cloudflare:test'
import { env } from 'cloudflare:workers'

// Put there by vitest.config.ts; no binding of the Worker itself.
const migrations = Reflect.get(env, 'TEST_MIGRATIONS') as Record<string, D1Migration[]>

for (const [binding, ofDatabase] of Object.entries(migrations)) {
  await applyD1Migrations(Reflect.get(env, binding) as D1Database, ofDatabase)
}
