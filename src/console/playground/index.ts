import { ACCESS } from './access'
import { DOM } from './dom'
import { MAIN } from './main'
import { SCHEMA_FORM } from './schema-form'
import { SHOW } from './show'
import { WIRE } from './wire'

export { PLAYGROUND_RETURN_SCRIPT } from './return-script'

/**
 * The script of `/<module>/try`: a small MCP client of all four revisions, forms made from JSON
 * Schema and the sign-in of an OAuth client. Text for the same reason as `CLIENT_SCRIPT`, in parts
 * that share one scope, each of which may use those before it. Whatever comes from a module is set
 * as text, never as markup.
 */
export const PLAYGROUND_SCRIPT = `
(() => {
  'use strict'
  const root = document.getElementById('playground')
  if (!root) return
${DOM}${ACCESS}${WIRE}${SHOW}${SCHEMA_FORM}${MAIN}})()
`
