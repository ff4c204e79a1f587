/**
 * Where a context has the way to ask a client for what modules cannot: samples of its model and its
 * roots, for clients that still declare them. The name is not part of `#sdk`, so that nothing new
 * comes to depend on what the protocol is about to drop (M-78).
 */
export const ASK_CLIENT: unique symbol = Symbol('ask the client')
