/**
 * The script of the page that consent leads back to: hands its own query to the playground that
 * waits for it, takes it out of the address and closes the window. Text for the same reason as
 * `CLIENT_SCRIPT`.
 */
export const PLAYGROUND_RETURN_SCRIPT = `
(() => {
  'use strict'
  const { search } = location
  const state = new URLSearchParams(search).get('state')
  history.replaceState(null, '', location.pathname)
  if (state === null) return
  // Reaches pages of this origin in this browser only, and of them the one that made the state.
  new BroadcastChannel('quayside-playground ' + state).postMessage(search)
  window.close()
})()
`
