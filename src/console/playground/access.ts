/**
 * How the page gets an access token: as a public OAuth client with PKCE, through the consent page
 * in a window of its own. The token stays in this scope: it is in no address, no storage and
 * nothing the page shows, and it is given back when the page is left.
 */
export const ACCESS = `
  const { connector, client, redirectUri, person, scopes: firstScopes } = root.dataset
  const isPublic = client === undefined
  /** { token, scopes } */
  let access

  const base64Url = (bytes) =>
    btoa(String.fromCharCode(...new Uint8Array(bytes)))
      .replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
  const random = () => base64Url(crypto.getRandomValues(new Uint8Array(32)))

  // Made ahead: a window may only be opened in the very turn of a click.
  let proof
  const makeProof = async () => {
    proof = undefined
    const verifier = random()
    const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier))
    proof = { verifier, challenge: base64Url(digest), state: random() }
  }
  const proofReady = isPublic ? Promise.resolve() : makeProof()

  const giveBack = (token) => {
    navigator.sendBeacon('/token', new URLSearchParams({ token, client_id: client }))
  }

  /** Gives up waiting for a decision, where one is awaited. */
  let abandon = () => undefined

  /** The consent page in a window; resolves with what it sends back, in its address. */
  const askInWindow = (url, state, showLink) =>
    new Promise((resolve, reject) => {
      const opened = window.open(url, 'quayside-consent', 'popup,width=600,height=820')
      // Named by the state: no other page can listen, and none can be meant.
      const channel = new BroadcastChannel('quayside-playground ' + state)
      let closedFor = 0
      const watch = setInterval(() => {
        if (opened === null || !opened.closed) return
        closedFor += 1
        if (closedFor < 4) return
        end()
        reject(new Problem('The consent window was closed without a decision.'))
      }, 500)
      const end = () => {
        clearInterval(watch)
        channel.close()
        abandon = () => undefined
      }
      abandon = () => {
        end()
        reject(new Problem('Given up. You can ask again now.'))
      }
      channel.addEventListener('message', ({ data }) => {
        end()
        resolve(new URLSearchParams(data))
      })
      if (opened === null) showLink(url)
    })

  /** Asks for these permissions and keeps what is given. @throws Problem */
  const askForAccess = async (scopes, showLink) => {
    if (proof === undefined) throw new Problem('This page is not ready yet. Try again.')
    const { verifier, challenge, state } = proof
    makeProof()
    const query = new URLSearchParams({
      response_type: 'code',
      client_id: client,
      redirect_uri: redirectUri,
      resource: connector,
      state,
      code_challenge: challenge,
      code_challenge_method: 'S256',
    })
    if (scopes.length > 0) query.set('scope', scopes.join(' '))
    const answer = await askInWindow('/authorize?' + query, state, showLink)
    if (answer.get('state') !== state || answer.get('iss') !== location.origin) {
      throw new Problem('The answer of the consent page does not belong to this page. Try again.')
    }
    if (answer.get('error') === 'access_denied') throw new Problem('You said no, so nothing was given.')
    if (answer.has('error')) {
      throw new Problem(answer.get('error_description') ?? answer.get('error'))
    }
    const response = await fetch('/token', {
      method: 'POST',
      credentials: 'omit',
      cache: 'no-store',
      body: new URLSearchParams({
        grant_type: 'authorization_code',
        code: answer.get('code') ?? '',
        redirect_uri: redirectUri,
        client_id: client,
        code_verifier: verifier,
        resource: connector,
      }),
    })
    const issued = parsed(await response.text())
    if (!response.ok || typeof issued?.access_token !== 'string') {
      throw new Problem(issued?.error_description ?? 'No access token was issued. Try again.')
    }
    const { access_token: token, scope = '', expires_in: seconds } = issued
    if (token.split(':')[0] !== person) {
      giveBack(token)
      throw new Problem('Somebody else has signed in since this page was opened. Load it again.')
    }
    if (access) giveBack(access.token)
    const given = scope.split(' ').filter((name) => name !== '')
    access = { token, scopes: given, endsAt: Date.now() + seconds * 1000 }
  }

  addEventListener('pagehide', () => {
    if (access) giveBack(access.token)
    access = undefined
  })
`
