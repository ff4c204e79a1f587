/** The header of a WebSocket upgrade that carries an `Introduction`, percent-encoded JSON. */
export const INTRODUCTION_HEADER = 'quayside-introduction'
