/** How long what the authorization server issues lives, in seconds. */
export const ACCESS_TOKEN_SECONDS = 3600
/** Counted from its last use; its grant lives as long. */
export const REFRESH_TOKEN_SECONDS = 30 * 86_400
export const CLIENT_SECONDS = 90 * 86_400
