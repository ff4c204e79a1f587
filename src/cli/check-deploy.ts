/** What `[build]` in wrangler.toml runs: no deployment goes around the checks. @module */

/** Commands of wrangler that upload nothing, and those of ours that have checked already. */
const needsNone = (): boolean =>
  process.env.QUAYSIDE_CHECKED === '1' ||
  ['dev', 'types'].includes(process.env.WRANGLER_COMMAND ?? '')

/** @throws {CliError} when what is about to be uploaded is not fit to be deployed. */
export async function run(): Promise<void> {
  if (needsNone()) return
  // Loaded late: every build of wrangler's comes through here, most of them to turn around.
  const { checkDeployment } = await import('./deploy/checks.ts')
  const { defaultConfigPath } = await import('./project.ts')
  await checkDeployment(defaultConfigPath)
}
