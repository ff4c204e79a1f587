/** Connecting, choosing, filling in, sending: what the page does with the parts before it. */
export const MAIN = String.raw`
  const stateLine = part('state')
  const facts = part('facts')
  const connectForm = part('connect')
  const connectButton = connectForm.querySelector('button[type="submit"]')
  const disconnectButton = part('disconnect')
  const revisionSelect = document.getElementById('revision')
  const itemSelect = document.getElementById('item')
  const itemPart = part('item')
  const output = part('output')
  const dialog = part('confirm')
  const SUGGEST_AFTER_MS = 250
  const MAX_SUGGESTIONS = 12

  let items = []
  let isBusy = false
  /** Of the call that is sent, or waits for the answer to a question. */
  let running

  const say = (words, isProblem = false) => {
    stateLine.replaceChildren(words)
    stateLine.toggleAttribute('data-failed', isProblem)
  }
  const showLink = (url) => {
    stateLine.replaceChildren('Your browser blocked the window. ',
      el('a', { href: url, target: '_blank', rel: 'noopener' }, 'Open the consent page (new tab)'))
  }
  const wordsOf = (cause) => {
    if (cause instanceof Problem) return cause.message
    setTimeout(() => { throw cause }) // our own mistake: let the console have it
    return 'Something in this page failed. Load it again.'
  }

  const fact = (term, ...values) => el('div', {}, el('dt', {}, term), el('dd', {}, ...values))
  const showFacts = () => {
    const { info, sessionId, revision } = link
    facts.replaceChildren(
      fact('Module', (info?.title ?? info?.name ?? root.dataset.module) + ' ' + (info?.version ?? '')),
      fact('Session', sessionId === undefined
        ? (revision === STATELESS ? 'none: every request stands for itself' : 'none was opened')
        : el('code', {}, sessionId)),
      fact('Permissions', ...(isPublic ? ['none needed: this module is open to everyone']
        : access.scopes.length === 0 ? ['none in particular']
        : access.scopes.flatMap((scope, index) => [index === 0 ? '' : ' ', el('code', {}, scope)]))),
      ...(isPublic ? [] : [fact('Until', 'you leave this page, or ' +
        new Date(access.endsAt).toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' }))]))
    facts.hidden = false
  }

  const showBench = (isOpen) => {
    part('bench').hidden = !isOpen
    disconnectButton.hidden = !isOpen
    connectButton.textContent = isOpen ? 'Connect again' : 'Connect'
    if (!isOpen) facts.hidden = true
  }

  const hasOffer = (name) => link.capabilities?.[name] !== undefined
  const readLists = async () => {
    const lists = [
      ...(hasOffer('tools') ? [['Tools', 'tool', 'tools/list', 'tools']] : []),
      ...(hasOffer('resources') ? [
        ['Resources', 'resource', 'resources/list', 'resources'],
        ['Resource templates', 'template', 'resources/templates/list', 'resourceTemplates'],
      ] : []),
      ...(hasOffer('prompts') ? [['Prompts', 'prompt', 'prompts/list', 'prompts']] : []),
    ]
    const groups = []
    items = []
    for (const [label, kind, method, field] of lists) {
      const { items: listed, isWhole } = await listAll(method, field)
      if (listed.length === 0) continue
      const title = isWhole ? label : label + ', the first ' + listed.length
      groups.push(el('optgroup', { label: title }, ...listed.map((item) => {
        items.push({ kind, item })
        return el('option', { value: String(items.length - 1) }, item.title ?? item.annotations?.title ?? item.name)
      })))
    }
    itemSelect.replaceChildren(...groups)
  }

  const keyOf = ({ kind, item }) => kind + '=' + item.name
  const chooseByAddress = () => {
    const wanted = decodeURIComponent(location.hash.slice(1))
    const index = items.findIndex((one) => keyOf(one) === wanted)
    if (index >= 0) itemSelect.value = String(index)
  }

  const effectOf = ({ annotations: { readOnlyHint = false, destructiveHint = true } = {} }) =>
    readOnlyHint ? 'read' : destructiveHint ? 'delete' : 'change'
  const EFFECTS = { read: 'Only reads', change: 'Makes changes', delete: 'Can delete' }

  const scopesOf = (item) => (item._meta?.securitySchemes ?? []).flatMap(({ scopes = [] }) => scopes)

  const heading = ({ kind, item }) => {
    const lacking = isPublic ? [] : scopesOf(item).filter((scope) => !access.scopes.includes(scope))
    return [
      el('p', { class: 'facts' },
        el('code', {}, item.uri ?? item.uriTemplate ?? item.name),
        kind === 'tool' && badge(EFFECTS[effectOf(item)], effectOf(item)),
        kind === 'tool' && item.annotations?.openWorldHint !== false && badge('Uses outside services'),
        item.mimeType !== undefined && badge(item.mimeType),
        lacking.length > 0 && badge('May ask for more permission', 'change')),
      ...prose(item.description ?? ''),
    ]
  }

  /** @returns { fields, read } where read(problems) gives { method, params, headers } */
  const toolForm = ({ item }) => {
    const form = formOf(item.inputSchema)
    const raw = jsonField({}, { label: 'Arguments', required: true })
    const rawBox = el('div', { hidden: true }, raw.node)
    const asJson = el('input', { type: 'checkbox', id: newId() })
    asJson.addEventListener('change', () => {
      if (asJson.checked && raw.control.value === '') raw.control.value = pretty(form.read([]) ?? {})
      rawBox.hidden = !asJson.checked
      form.node.hidden = asJson.checked
    })
    const hasFields = Object.keys(item.inputSchema?.properties ?? {}).length > 0
    return {
      fields: [
        hasFields ? form.node : el('p', { class: 'quiet' }, 'It takes no arguments.'),
        hasFields && el('div', { class: 'try-check' }, asJson, el('label', { for: asJson.id }, 'Write the arguments as JSON')),
        rawBox,
      ],
      read(problems) {
        const args = asJson.checked ? raw.read(problems) : form.read(problems) ?? {}
        if (asJson.checked && problems.length === 0 && !isRecord(args)) {
          problems.push({ control: raw.control, text: 'The arguments have to be an object, as {"name": "value"}.' })
        }
        const headers = link.revision === STATELESS ? headersOf(item.inputSchema, args) : {}
        return { method: 'tools/call', params: { name: item.name, arguments: args }, headers }
      },
    }
  }

  /** A text with suggestions of the module below it. */
  const suggesting = (field, name, ref, othersOf) => {
    if (!hasOffer('completions')) return field
    const list = el('div', { class: 'try-suggestions', role: 'group', 'aria-label': 'Suggestions for ' + name, hidden: true })
    const { control } = field
    let latest = 0
    const clear = () => {
      list.hidden = true
      list.replaceChildren()
    }
    const suggest = async () => {
      const turn = ++latest
      const context = link.revision === '2025-03-26' ? {} : { context: { arguments: othersOf() } }
      let values = []
      try {
        const argument = { name, value: control.value }
        const { completion } = resultOf(await request('completion/complete', { ref, argument, ...context }))
        values = completion?.values ?? []
      } catch (cause) {
        wordsOf(cause) // no suggestions, then: the field takes anything
      }
      if (turn !== latest) return
      const shown = values.filter((value) => value !== control.value).slice(0, MAX_SUGGESTIONS)
      list.replaceChildren(...shown.map((value) => button(value, () => {
        control.value = value
        latest += 1
        clear()
        control.dispatchEvent(new Event('change'))
        control.focus()
      })))
      list.hidden = shown.length === 0
      if (shown.length > 0) announce(counted(shown.length) + ' suggestions below ' + name)
    }
    let timer
    control.addEventListener('input', () => {
      clearTimeout(timer)
      timer = setTimeout(suggest, SUGGEST_AFTER_MS)
    })
    control.addEventListener('keydown', (event) => {
      if (event.key !== 'ArrowDown' || !list.hidden) return
      event.preventDefault()
      suggest()
    })
    control.after(list)
    field.node.querySelector('.field-hint').append(' Type for suggestions, or press the down arrow.')
    return field
  }

  const textsForm = (names, ref) => {
    const fields = names.map(({ name, title, description, required = false }) => {
      const field = textField({ description }, { label: title ?? name, name, required })
      const others = () => Object.fromEntries(fields
        .filter((other) => other.name !== name && other.control.value !== '')
        .map((other) => [other.name, other.control.value]))
      return { name, ...suggesting(field, name, ref, others) }
    })
    return {
      fields,
      values: (problems) => Object.fromEntries(fields
        .map(({ name, read }) => [name, read(problems)])
        .filter(([, value]) => value !== undefined)),
    }
  }

  const promptForm = ({ item }) => {
    const form = textsForm(item.arguments ?? [], { type: 'ref/prompt', name: item.name })
    return {
      fields: form.fields.length === 0
        ? [el('p', { class: 'quiet' }, 'It takes no arguments.')]
        : [el('div', { class: 'try-fields' }, ...form.fields.map(({ node }) => node))],
      read: (problems) => ({ method: 'prompts/get', params: { name: item.name, arguments: form.values(problems) } }),
    }
  }

  const resourceForm = ({ item }) => ({
    fields: [],
    read: () => ({ method: 'resources/read', params: { uri: item.uri } }),
  })

  const VARIABLE = /\{(\+?)(\w+)\}/g
  const templateForm = ({ item }) => {
    const { uriTemplate } = item
    const names = [...uriTemplate.matchAll(VARIABLE)].map(([, , name]) => ({ name, required: true }))
    const form = textsForm(names, { type: 'ref/resource', uri: uriTemplate })
    const expand = (values) => uriTemplate.replace(VARIABLE, (whole, plus, name) =>
      values[name] === undefined ? whole : plus ? encodeURI(values[name]) : encodeURIComponent(values[name]))
    const preview = el('code', {}, uriTemplate)
    const box = el('div', { class: 'try-fields' }, ...form.fields.map(({ node }) => node))
    const show = () => { preview.textContent = expand(form.values([])) }
    box.addEventListener('input', show)
    for (const { control } of form.fields) control.addEventListener('change', show)
    return {
      fields: [box, el('p', { class: 'quiet' }, 'Reads ', preview)],
      read: (problems) => ({ method: 'resources/read', params: { uri: expand(form.values(problems)) } }),
    }
  }

  const FORMS = { tool: toolForm, prompt: promptForm, resource: resourceForm, template: templateForm }
  const SEND = { tool: 'Call the tool', prompt: 'Fill in the prompt', resource: 'Read it', template: 'Read it' }

  const showItem = () => {
    const chosen = items[Number(itemSelect.value)]
    if (chosen === undefined) {
      itemPart.replaceChildren(el('p', {}, 'This module offers you nothing.'))
      return
    }
    const { fields, read } = FORMS[chosen.kind](chosen)
    const problemLine = el('p', { class: 'form-status', role: 'status', 'data-failed': true })
    const stop = el('button', { type: 'button', class: 'button', 'data-stop': true, hidden: true }, 'Stop')
    const form = el('form', { class: 'try-form', novalidate: true }, ...fields,
      el('div', { class: 'try-buttons' },
        el('button', { type: 'submit', class: 'button button-primary' }, SEND[chosen.kind]), stop),
      problemLine)
    form.addEventListener('submit', async (event) => {
      event.preventDefault()
      if (isBusy || link === undefined) return
      clearProblems(form)
      problemLine.textContent = ''
      const problems = []
      const call = read(problems)
      if (problems.length > 0) {
        problems.forEach(showProblem)
        problemLine.textContent = problems.length === 1
          ? 'Nothing was sent: one field needs another look.'
          : 'Nothing was sent: ' + problems.length + ' fields need another look.'
        problems[0].control.focus()
        return
      }
      if (chosen.kind === 'tool' && effectOf(chosen.item) === 'delete' && !(await confirmed(chosen.item))) return
      await send(chosen.kind, call, stop)
    })
    itemPart.replaceChildren(...heading(chosen), form)
  }

  /** Asks before a tool runs that may destroy something. */
  const confirmed = ({ title, name }) => {
    part('confirm-tool').textContent = title ?? name
    dialog.returnValue = ''
    dialog.showModal()
    return new Promise((resolve) => {
      dialog.addEventListener('close', () => resolve(dialog.returnValue === 'send'), { once: true })
    })
  }

  const saysOnTheWay = (list) => (message) => {
    const { method, params = {} } = message
    if (list.children.length >= MAX_EVENTS) return
    if (method === 'notifications/progress') {
      const { progress, total, message: words } = params
      list.append(el('li', {}, 'Progress: ' + progress + (total === undefined ? '' : ' of ' + total) + (words ? ', ' + words : '')))
    } else if (method === 'notifications/message') {
      const text = typeof params.data === 'string' ? params.data : JSON.stringify(params.data)
      list.append(el('li', {}, badge(params.level), ' ', text.slice(0, FIRST_CHARACTERS)))
    }
  }

  /** Puts a question of the module to the person; resolves with the answer in the form MCP has for it. */
  const ask = ({ method, params: { message = '', requestedSchema, url } = {} }, signal) =>
    new Promise((resolve, reject) => {
      if (method !== 'elicitation/create') return reject(new Problem('The module asks for ' + method + ', which this page does not know.'))
      const form = url === undefined ? formOf(requestedSchema) : undefined
      const problemLine = el('p', { class: 'form-status', role: 'status', 'data-failed': true })
      const heading = el('h3', { id: newId(), tabindex: '-1' }, 'The module asks')
      const end = (answer) => {
        box.remove()
        resolve(answer)
      }
      const box = el('form', { class: 'try-form try-block', novalidate: true, 'aria-labelledby': heading.id },
        heading, ...prose(message),
        form ? form.node : el('p', {}, el('a', { href: /^https?:/.test(url) ? url : false, target: '_blank', rel: 'noopener noreferrer' }, url + ' (new tab)')),
        el('div', { class: 'try-buttons' },
          el('button', { type: 'submit', class: 'button button-primary' }, form ? 'Send the answer' : 'Accept'),
          button('Decline', () => end({ action: 'decline' }), 'button'),
          button('Cancel', () => end({ action: 'cancel' }), 'button')),
        problemLine)
      box.addEventListener('submit', (event) => {
        event.preventDefault()
        clearProblems(box)
        const problems = []
        const content = form?.read(problems)
        if (problems.length === 0) return end({ action: 'accept', ...(form && { content: content ?? {} }) })
        problems.forEach(showProblem)
        problemLine.textContent = 'Nothing was sent: look at the fields again.'
        problems[0].control.focus()
      })
      signal.addEventListener('abort', () => {
        box.remove()
        reject(new Problem('Stopped. The question was left open.'))
      })
      output.append(box)
      heading.focus()
      announce('The module asks. ' + message)
    })

  /** A request of the module in the middle of a call (2025), answered by a message of its own. */
  const answerOnTheWay = async ({ id, ...asked }, signal) => {
    try {
      await respond(id, { result: await ask(asked, signal) })
    } catch (cause) {
      if (!signal.aborted) await respond(id, { error: { code: -32601, message: wordsOf(cause) } }).catch(() => undefined)
    }
  }

  /** A call with its questions: in 2026 each is repeated with the answers until nothing is asked any more. */
  const requestWithAnswers = async (method, params, options) => {
    const answer = await request(method, params, options)
    const { resultType, inputRequests = {}, requestState } = answer.reply?.result ?? {}
    if (resultType !== 'input_required') return answer
    const answers = []
    for (const [key, asked] of Object.entries(inputRequests)) answers.push([key, await ask(asked, options.signal)])
    const { inputResponses, requestState: _, ...first } = params
    return requestWithAnswers(method, {
      ...first,
      ...(answers.length > 0 && { inputResponses: Object.fromEntries(answers) }),
      ...(requestState !== undefined && { requestState }),
    }, options)
  }

  const send = async (kind, { method, params, headers }, stop) => {
    const abort = new AbortController()
    running = abort
    const notices = el('ul', { class: 'points', 'aria-label': 'Said on the way' })
    isBusy = true
    stop.hidden = false
    stop.onclick = () => abort.abort()
    const waiting = el('p', { class: 'quiet' }, 'Waiting for the answer …')
    output.replaceChildren(waiting, notices)
    try {
      const { signal } = abort
      const saysSomething = saysOnTheWay(notices)
      const onMessage = (message) =>
        message.id === undefined ? saysSomething(message) : answerOnTheWay(message, signal)
      const answer = await requestWithAnswers(method, params, { headers, signal, isMain: true, onMessage })
      waiting.remove()
      output.append(...answerOf(kind, answer))
      announce('Answered after ' + answer.ms + ' milliseconds. ' + (output.querySelector('.alert-title')?.textContent ?? ''))
    } catch (cause) {
      waiting.remove()
      const words = wordsOf(cause)
      output.append(alertBox('error', 'No answer', el('p', {}, words)))
      announce('No answer. ' + words)
    } finally {
      isBusy = false
      running = undefined
      output.querySelectorAll('form').forEach((question) => question.remove()) // they ran out
      if (stop.contains(document.activeElement)) stop.previousElementSibling.focus()
      stop.hidden = true
      part('answer').scrollIntoView({ block: 'nearest' })
    }
  }

  const answerOf = (kind, { response, reply, ms }) => {
    const challenge = response.headers.get('www-authenticate') ?? ''
    if (response.status === 401) {
      access = undefined
      return [alertBox('warning', 'The access has ended',
        el('p', {}, 'It ran out, or somebody took it back.'),
        button('Ask for it again', () => stepUp(firstScopes.split(' '))))]
    }
    if (response.status === 403 && /insufficient_scope/.test(challenge) && !isPublic) {
      const needed = (/scope="([^"]*)"/.exec(challenge)?.[1] ?? '').split(' ').filter((scope) => scope !== '')
      return [alertBox('warning', 'This needs a permission you have not given',
        el('p', {}, ...needed.flatMap((scope, index) => [index === 0 ? '' : ' ', el('code', {}, scope)])),
        button('Ask for it', () => stepUp([...new Set([...(access?.scopes ?? []), ...needed])])))]
    }
    const timing = el('p', { class: 'quiet' }, 'HTTP ' + response.status + ', after ' + counted(ms) + ' ms. The request and the response are under Messages.')
    if (reply?.error) return [...showError(reply.error, response.status), timing]
    if (!isRecord(reply?.result)) {
      return [alertBox('error', 'That is no answer of MCP', el('p', {}, 'HTTP ' + response.status + '. What came is under Messages.'))]
    }
    return [...showResult(kind, reply.result, readResource), timing]
  }

  const readResource = (uri) => {
    if (!isBusy) send('resource', { method: 'resources/read', params: { uri } }, itemPart.querySelector('[data-stop]'))
  }

  /** The consent page once more, for more than was given. */
  const stepUp = async (scopes) => {
    if (isBusy) return
    isBusy = true
    say('Waiting for your decision in the other window …')
    try {
      await askForAccess(scopes.filter((scope) => scope !== ''), showLink)
      say('Given. You can send it again now.')
      output.replaceChildren(alertBox('status', 'The permission is given', el('p', {}, 'You can send it again now.')))
      announce('The permission is given. You can send it again now.')
      showFacts()
      const chosen = items[Number(itemSelect.value)]
      if (chosen) itemPart.querySelectorAll('.badge-change').forEach((one) => {
        if (one.textContent === 'May ask for more permission') one.remove()
      })
      itemPart.querySelector('button[type="submit"]')?.focus()
    } catch (cause) {
      say(wordsOf(cause), true)
      output.append(alertBox('error', 'Nothing was given', el('p', {}, stateLine.textContent)))
    } finally {
      isBusy = false
    }
  }

  const connect = async () => {
    // A window that was blocked, or is lost behind others, must not keep anybody waiting.
    if (isBusy) return abandon()
    isBusy = true
    const former = itemSelect.value === '' ? undefined : items[Number(itemSelect.value)]
    try {
      await proofReady
      if (!isPublic && (access === undefined || access.endsAt < Date.now())) {
        say('Waiting for your decision in the other window …')
        await askForAccess(firstScopes.split(' ').filter((scope) => scope !== ''), showLink)
      }
      say('Connecting …')
      await closeLink()
      await openLink(revisionSelect.value)
      await readLists()
      if (former) itemSelect.value = String(Math.max(0, items.findIndex((one) => keyOf(one) === keyOf(former))))
      else chooseByAddress()
      output.replaceChildren(el('p', { class: 'quiet' }, 'Nothing was sent yet.'))
      showFacts()
      showItem()
      showBench(true)
      say('Connected as a client of ' + revisionSelect.value + '.')
    } catch (cause) {
      link = undefined
      showBench(false)
      say(wordsOf(cause), true)
    } finally {
      isBusy = false
    }
  }

  connectForm.addEventListener('submit', (event) => {
    event.preventDefault()
    connect()
  })
  disconnectButton.addEventListener('click', async () => {
    running?.abort()
    await closeLink()
    if (access) giveBack(access.token)
    access = undefined
    showBench(false)
    connectButton.focus()
    say('Disconnected.' + (isPublic ? '' : ' The access token was given back.'))
  })
  itemSelect.addEventListener('change', () => {
    showItem()
    if (!isBusy) output.replaceChildren(el('p', { class: 'quiet' }, 'Nothing was sent yet.'))
  })
  addEventListener('pageshow', ({ persisted }) => {
    if (!persisted || link === undefined) return
    running?.abort()
    link = undefined
    showBench(false)
    say('Connect again: you had left this page.')
  })

  part('needs-script').hidden = true
  part('all').hidden = false
`
