/**
 * MCP Apps, the extension `io.modelcontextprotocol/ui` of 2026-01-26, as far as it is on the wire of
 * a server. What happens between an app and its host is theirs.
 *
 * @module
 */

/** Where servers and clients declare the extension, in `capabilities.extensions`. */
export const UI_EXTENSION = 'io.modelcontextprotocol/ui'

/** What an app is read as. */
export const APP_MIME_TYPE = 'text/html;profile=mcp-app'

/** Where a tool named its app before the extension was stable. */
export const DEPRECATED_RESOURCE_URI = 'ui/resourceUri'
