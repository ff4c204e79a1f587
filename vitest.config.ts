import { cloudflareTest, type D1Migration, readD1Migrations } from '@cloudflare/vitest-plugin'
import { configDefaults, defineConfig } from 'vitest/config'
import { writeContentMigrations } from './src/cli/content-migrations.ts'
import { readConfig } from './src/cli/read-config.ts'

/** Suites that run in Node, because they start processes, browsers or clients. */
const nodeSuites = [
  'test/cli/**/*.test.ts',
  'test/clients/**/*.test.ts',
  'test/browser/**/*.test.ts',
  'test/chaos/**/*.test.ts',
  'test/**/*.node.test.ts',
]

const config = './wrangler.toml'

/** How much the heavy tests do; `npm run soak` has them do ten times as much. */
const { SOAK_RACES = '1000', SOAK_PROGRAMS = '100' } = process.env
const soak = { SOAK_RACES, SOAK_PROGRAMS }

/** The migrations of every database of the Worker, by binding; test/worker-setup.ts applies them. */
const migrations: Record<string, D1Migration[]> = {}
await writeContentMigrations(config)
for (const { binding, migrations_dir: folder = 'migrations' } of readConfig(config).d1_databases) {
  migrations[binding] = await readD1Migrations(folder)
}

export default defineConfig({
  test: {
    projects: [
      {
        plugins: [
          cloudflareTest({
            wrangler: { configPath: config },
            remoteBindings: false,
            miniflare: {
              bindings: { QUAYSIDE_LOCAL: 'test', TEST_MIGRATIONS: migrations, ...soak },
            },
          }),
        ],
        test: {
          name: 'worker',
          setupFiles: ['test/worker-setup.ts'],
          include: ['test/**/*.test.ts'],
          exclude: [...configDefaults.exclude, ...nodeSuites],
        },
      },
      {
        test: {
          name: 'node',
          include: nodeSuites,
          pool: 'forks',
          // Each file has a workerd of its own, some a browser too.
          maxWorkers: 2,
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
})
