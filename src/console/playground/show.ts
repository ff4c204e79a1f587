/** What is shown of messages: the log of all exchanges, and answers in a form made for reading. */
export const SHOW = String.raw`
  const MAX_ENTRIES = 40
  const MAX_EVENTS = 200
  const MAX_BLOCKS = 50
  const log = part('log')

  const headerLines = (headers) =>
    [...headers].map(([name, value]) => name + ': ' + value).join('\n')

  /** A line of the log for one exchange, which fills while it goes on. */
  const beginEntry = ({ verb, headers, message, isMain }) => {
    const title = message?.method ?? (message ? 'answer' : verb)
    const about = message?.params?.name ?? message?.params?.uri ?? message?.params?.ref?.name
    const state = el('span', { class: 'quiet' }, 'waiting')
    const answer = el('div', { class: 'try-exchange' })
    const shown = [...Object.entries(headers)]
    if (access) shown.push(['authorization', 'Bearer (kept by this page, not shown)'])
    const details = el('details', { class: 'fold' },
      el('summary', {}, el('code', {}, title), ' ', about === undefined ? '' : about + ' ', state),
      el('div', { class: 'fold-body' },
        el('h3', { class: 'label' }, 'Request'),
        long(verb + ' ' + new URL(connector).pathname + '\n' + headerLines(shown)),
        message !== undefined && long(pretty(message)),
        el('h3', { class: 'label' }, 'Response'),
        answer))
    if (isMain) {
      for (const open of log.querySelectorAll('details[open]')) open.open = false
      details.open = true
    }
    log.prepend(el('li', {}, details))
    if (log.children.length > MAX_ENTRIES) log.lastElementChild.remove()

    let events
    let count = 0
    const finish = (words) => { state.textContent = words }
    return {
      answered(response, ms) {
        finish(response.status + ', ' + ms + ' ms')
        const first = 'HTTP ' + response.status + (response.statusText ? ' ' + response.statusText : '')
        answer.append(long(first + '\n' + headerLines(response.headers)))
      },
      body(text, json) {
        if (text === '') answer.append(el('p', { class: 'quiet' }, 'No body.'))
        else answer.append(long(json === undefined ? text : pretty(json)))
      },
      event(event, json, ms) {
        if (events === undefined) {
          events = el('ol', { class: 'try-events', 'aria-label': 'Events, as they came' })
          answer.append(events)
        }
        count += 1
        if (count > MAX_EVENTS) {
          finish('streaming, ' + counted(count) + ' events, the first ' + MAX_EVENTS + ' are kept')
          return
        }
        const facts = ['after ' + ms + ' ms', event.event, event.id && 'id ' + event.id]
        events.append(el('li', {},
          el('p', { class: 'quiet' }, facts.filter((fact) => fact).join(', ')),
          event.data !== '' && long(json === undefined ? event.data : pretty(json))))
        finish('streaming, ' + counted(count) + (count === 1 ? ' event' : ' events'))
      },
      ended(response, ms) {
        const streamed = count === 0 ? '' : ', ' + counted(count) + (count === 1 ? ' event' : ' events')
        finish(response.status + ', ' + ms + ' ms' + streamed)
      },
      failed(words, ms) {
        finish(words + ' after ' + ms + ' ms')
        if (answer.children.length === 0) answer.append(el('p', { class: 'quiet' }, 'None.'))
      },
    }
  }

  const sizeOf = (base64) => counted(Math.floor((base64.length * 3) / 4)) + ' bytes'
  const PICTURES = ['image/png', 'image/jpeg', 'image/gif', 'image/webp', 'image/avif']
  const picture = ({ data, mimeType }) =>
    PICTURES.includes(mimeType) && data.length < 8e6
      ? el('img', { class: 'try-image', src: 'data:' + mimeType + ';base64,' + data, alt: 'Image of the answer, ' + mimeType })
      : el('p', {}, mimeType + ', ' + sizeOf(data))

  const contents = ({ uri, mimeType, text, blob }) =>
    el('div', { class: 'try-block' },
      el('p', { class: 'facts' }, el('code', {}, uri ?? ''), mimeType !== undefined && badge(mimeType)),
      text !== undefined ? long(readable(text)) : picture({ data: blob ?? '', mimeType: mimeType ?? 'data' }))

  /** Text as it came, or set out where it is data; exactly as it came it is among the messages. */
  const readable = (text) => {
    const data = /^\s*[{[]/.test(text) ? parsed(text) : undefined
    return data === undefined ? text : pretty(data)
  }
  const block = (content, readResource) => {
    switch (content?.type) {
      case 'text':
        return long(readable(content.text))
      case 'image':
        return picture(content)
      case 'audio':
        return el('p', {}, 'Sound, ' + content.mimeType + ', ' + sizeOf(content.data))
      case 'resource':
        return contents(content.resource)
      case 'resource_link':
        return el('div', { class: 'try-block' },
          el('p', {}, 'Resource: ' + (content.title ?? content.name)),
          el('p', {}, el('code', {}, content.uri)),
          button('Read it', () => readResource(content.uri)))
      default:
        return long(pretty(content))
    }
  }
  const several = (items, show) => {
    const list = el('div', { class: 'try-blocks' }, ...items.slice(0, MAX_BLOCKS).map(show))
    const rest = items.slice(MAX_BLOCKS)
    if (rest.length > 0) {
      const more = button('Show ' + counted(rest.length) + ' more', () => more.replaceWith(several(rest, show)))
      list.append(more)
    }
    return list
  }

  /** The result of a call, a resource or a prompt, for reading. */
  const showResult = (kind, result, readResource) => {
    if (kind === 'prompt') {
      return [
        ...(result.description ? [el('p', { class: 'quiet' }, result.description)] : []),
        several(result.messages ?? [], ({ role, content }) =>
          el('div', { class: 'try-block' }, el('p', { class: 'label' }, role), block(content, readResource))),
      ]
    }
    if (kind !== 'tool') {
      const items = result.contents ?? []
      return [items.length === 0 ? el('p', { class: 'quiet' }, 'It is empty.') : several(items, contents)]
    }
    const { content = [], structuredContent, isError } = result
    const shown = content.length === 0
      ? el('p', { class: 'quiet' }, 'It says nothing.')
      : several(content, (one) => block(one, readResource))
    return [
      isError
        ? el('div', { class: 'alert alert-error' }, el('p', { class: 'alert-title' }, 'The tool says that it failed'), shown)
        : shown,
      ...(structuredContent === undefined ? [] : [fold('The same as data', long(pretty(structuredContent)))]),
    ]
  }

  const ERRORS = {
    '-32700': 'The message was not JSON',
    '-32600': 'The message is not a request that can be served',
    '-32601': 'There is no such method',
    '-32602': 'Something in the request is wrong or does not exist',
    '-32603': 'The platform failed',
    '-32002': 'There is no such resource',
    '-32001': 'The headers and the body do not fit together',
  }
  const showError = ({ code, message, data }, status) => [
    alertBox('error', ERRORS[code] ?? 'It was refused',
      el('p', {}, message),
      el('p', {}, 'Error ' + code + ', HTTP ' + status + '.')),
    ...(data === undefined ? [] : [fold('More about the error', long(pretty(data)))]),
  ]
`
