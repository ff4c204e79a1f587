import { cloudflareTest } from '@cloudflare/vitest-plugin'
import { configDefaults, defineConfig } from 'vitest/config'

/** Suites that run in Node, because they start processes, browsers or clients. */
const nodeSuites = [
  'test/cli/**/*.test.ts',
  'test/clients/**/*.test.ts',
  'test/browser/**/*.test.ts',
  'test/chaos/**/*.test.ts',
  'test/**/*.node.test.ts',
]

export default defineConfig({
  test: {
    projects: [
      {
        plugins: [
          cloudflareTest({
            wrangler: { configPath: './wrangler.toml' },
            remoteBindings: false,
            miniflare: { bindings: { QUAYSIDE_LOCAL: '1' } },
          }),
        ],
        test: {
          name: 'worker',
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
