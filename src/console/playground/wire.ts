/** MCP over HTTP in all four revisions. What is sent and what comes back is handed to `beginEntry()`. */
export const WIRE = String.raw`
  const STATELESS = '2026-07-28'
  const PREFIX = 'io.modelcontextprotocol/'
  const CLIENT_INFO = { name: CLIENT_NAME, version: '1.0.0' }
  // Each as its revision has it; in 2025-03-26 nobody can be asked.
  const ASKED_FORM_OR_URL = { elicitation: { form: {}, url: {} } }
  const CAPABILITIES = {
    [STATELESS]: ASKED_FORM_OR_URL, '2025-11-25': ASKED_FORM_OR_URL, '2025-06-18': { elicitation: {} },
  }
  /** { revision, sessionId, info, capabilities } */
  let link
  let nextId = 1

  /** A header value, in the form that holds what a header cannot (2026-07-28). */
  const headerValue = (value) => {
    const text = String(value)
    const isPlain = /^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/.test(text) && !text.startsWith('=?base64?')
    if (isPlain) return text
    const bytes = new TextEncoder().encode(text)
    return '=?base64?' + btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join('')) + '?='
  }

  const headersFor = (method, params, extra) => {
    const { revision, sessionId } = link
    const common = { accept: 'application/json, text/event-stream', 'content-type': 'application/json' }
    if (revision !== STATELESS) {
      return {
        ...common,
        // 2025-03-26 has no such header, and nobody has agreed on a version before initialize.
        ...(revision !== '2025-03-26' && method !== 'initialize' && { 'mcp-protocol-version': revision }),
        ...(sessionId !== undefined && { 'mcp-session-id': sessionId }),
      }
    }
    const named = method === 'resources/read' ? params.uri : /^(tools\/call|prompts\/get)$/.test(method) ? params.name : undefined
    return {
      ...common,
      'mcp-protocol-version': revision,
      'mcp-method': method,
      ...(named !== undefined && { 'mcp-name': headerValue(named) }),
      ...extra,
    }
  }

  const metaFor = (method, id) => {
    const token = /^(tools\/call|resources\/read|prompts\/get)$/.test(method) ? { progressToken: id } : {}
    if (link.revision !== STATELESS) return token
    return {
      [PREFIX + 'protocolVersion']: link.revision,
      [PREFIX + 'clientInfo']: CLIENT_INFO,
      [PREFIX + 'clientCapabilities']: CAPABILITIES[STATELESS],
      ...('progressToken' in token && { [PREFIX + 'logLevel']: 'debug' }),
      ...token,
    }
  }

  /** The events of a stream, as they come. */
  async function* eventsOf(stream) {
    const reader = stream.pipeThrough(new TextDecoderStream()).getReader()
    let rest = ''
    try {
      for (;;) {
        const { done, value } = await reader.read()
        if (done) return
        rest += value
        const blocks = rest.split('\n\n')
        rest = blocks.pop()
        for (const block of blocks) {
          const event = { data: '' }
          for (const line of block.split('\n')) {
            const [, name, text] = /^([^:]*): ?(.*)$/.exec(line) ?? []
            if (name === 'data') event.data += text
            else if (name === 'id' || name === 'event' || name === 'retry') event[name] = text
          }
          if (event.data !== '' || event.id !== undefined) yield event
        }
      }
    } finally {
      reader.cancel().catch(() => undefined)
    }
  }

  /** One HTTP request and all of its answer. @throws when the platform cannot be reached. */
  const exchange = async (verb, headers, message, { signal, onMessage, isMain = false } = {}) => {
    const body = message && JSON.stringify(message)
    const { revision } = link // which may be gone by the time this has failed
    const entry = beginEntry({ verb, headers, message, isMain })
    const started = performance.now()
    const elapsed = () => Math.round(performance.now() - started)
    const sent = { ...headers, ...(access && { authorization: 'Bearer ' + access.token }) }
    try {
      const response = await fetch(connector, {
        method: verb, headers: sent, body, signal,
        credentials: 'omit', // a cookie counts for nothing here
        cache: 'no-store', redirect: 'error',
      })
      entry.answered(response, elapsed())
      let reply
      if (/^text\/event-stream/.test(response.headers.get('content-type') ?? '')) {
        for await (const event of eventsOf(response.body)) {
          const said = parsed(event.data)
          entry.event(event, said, elapsed())
          if (isRecord(said) && said.id === message.id && said.method === undefined) reply = said
          else if (said !== undefined) onMessage?.(said)
          if (reply) break
        }
      } else {
        const text = await response.text()
        reply = parsed(text)
        entry.body(text, reply)
      }
      entry.ended(response, elapsed())
      return { response, reply, ms: elapsed() }
    } catch (cause) {
      entry.failed(signal?.aborted ? 'stopped' : 'no answer', elapsed())
      throw signal?.aborted
        ? new Problem('Stopped. ' + (revision === STATELESS ? 'Closing the connection cancels the call.' : 'A cancellation was sent.'))
        : new Problem('The platform did not answer, or the connection broke off. Is it running, and are you online?')
    }
  }

  const request = async (method, params = {}, { headers, ...options } = {}) => {
    const id = nextId++
    const meta = metaFor(method, id)
    const message = {
      jsonrpc: '2.0', id, method,
      params: { ...params, ...(Object.keys(meta).length > 0 && { _meta: meta }) },
    }
    if (link.revision !== STATELESS) {
      options.signal?.addEventListener('abort', () => {
        notify('notifications/cancelled', { requestId: id, reason: 'stopped by hand' }).catch(() => undefined)
      })
    }
    return exchange('POST', headersFor(method, params, headers), message, options)
  }
  const notify = (method, params) => {
    const message = { jsonrpc: '2.0', method, ...(params && { params }) }
    return exchange('POST', headersFor(method, params), message)
  }
  /** Answers a request of the module (2025). */
  const respond = (id, result) => exchange('POST', headersFor('', {}), { jsonrpc: '2.0', id, ...result })

  /** What a request was answered with. @throws Problem in words, when it was refused. */
  const resultOf = ({ response, reply }) => {
    if (isRecord(reply?.result)) return reply.result
    throw new Problem(
      reply?.error?.message ?? 'HTTP ' + response.status + ', without an answer that MCP knows.',
    )
  }

  /** Opens the connection: the handshake of 2025, or the question of 2026. @throws Problem */
  const openLink = async (revision) => {
    link = { revision }
    if (revision === STATELESS) {
      const { capabilities = {}, serverInfo, _meta } = resultOf(await request('server/discover'))
      Object.assign(link, { capabilities, info: serverInfo ?? _meta?.[PREFIX + 'serverInfo'] })
      return
    }
    const asked = { protocolVersion: revision, capabilities: CAPABILITIES[revision] ?? {}, clientInfo: CLIENT_INFO }
    const opened = await request('initialize', asked)
    const { capabilities = {}, serverInfo, protocolVersion } = resultOf(opened)
    if (protocolVersion !== revision) {
      throw new Problem('The module answered with revision ' + protocolVersion + ' instead.')
    }
    const sessionId = opened.response.headers.get('mcp-session-id') ?? undefined
    Object.assign(link, { capabilities, info: serverInfo, sessionId })
    await notify('notifications/initialized')
  }

  const closeLink = async () => {
    if (link?.sessionId !== undefined) {
      const headers = headersFor('', {})
      delete headers['content-type']
      await exchange('DELETE', headers).catch(() => undefined)
    }
    link = undefined
  }

  const MAX_LISTED = 200
  /** All pages of a list, or as many as anybody would look through in a menu. */
  const listAll = async (method, field) => {
    const items = []
    let cursor
    do {
      const result = resultOf(await request(method, cursor === undefined ? {} : { cursor }))
      items.push(...(result[field] ?? []))
      cursor = result.nextCursor
    } while (cursor !== undefined && items.length < MAX_LISTED)
    return { items, isWhole: cursor === undefined }
  }
`
