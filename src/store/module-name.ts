/**
 * What a module and its own database are called. Without imports, because the commands read it in
 * Node, where nothing resolves the rest of this room.
 *
 * @module
 */

/** A module's name: its folder, the first part of its URL, and the prefix of its scopes. */
export const MODULE_NAME = /^[a-z][a-z0-9-]{0,31}$/

/**
 * The name of the binding of a module's own database: `DB_SUPPORT` for `support`. Module names
 * have dashes and no underscores, so no two share a binding, and none can name the platform's `DB`.
 */
export const databaseBinding = (module: string): string =>
  `DB_${module.toUpperCase().replaceAll('-', '_')}`

/**
 * The lines of wrangler.toml that bind a module's own database.
 *
 * @param environment The environment they are for, if not the one at the top of the file; each has
 *   databases of its own.
 */
export function databaseBlock(module: string, environment?: string): string {
  const [table, suffix] = environment
    ? [`env.${environment}.d1_databases`, `-${environment}`]
    : ['d1_databases', '']
  return [
    `[[${table}]]`,
    `binding = "${databaseBinding(module)}"`,
    `database_name = "quayside-${module}${suffix}"`,
    `migrations_dir = "servers/${module}/migrations"`,
  ].join('\n')
}

/** The variable of a setting or secret of a module: `GITHUB_TOKEN` for `TOKEN` of `github`. */
export const settingName = (module: string, name: string): string =>
  `${module}_${name}`.toUpperCase().replaceAll('-', '_')
