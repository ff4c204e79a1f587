/** Elements, text that may be long, and what is said aloud. */
export const DOM = String.raw`
  const CLIENT_NAME = 'Quayside playground'
  const FIRST_CHARACTERS = 2000
  const FIRST_LINES = 40
  const MORE_CHARACTERS = 100000

  const part = (name) => root.querySelector('[data-part="' + name + '"]')

  /** An element. Children are elements or texts; undefined and false are left out. */
  const el = (tag, properties = {}, ...children) => {
    const node = document.createElement(tag)
    for (const [name, value] of Object.entries(properties)) {
      if (value === undefined || value === false) continue
      if (name.startsWith('on')) node.addEventListener(name.slice(2), value)
      else node.setAttribute(name, value === true ? '' : value)
    }
    node.append(...children.filter((child) => child !== undefined && child !== false))
    return node
  }
  let lastId = 0
  const newId = () => 'try-' + ++lastId

  const button = (label, onclick, style = 'button button-small') =>
    el('button', { type: 'button', class: style, onclick }, label)

  const alertBox = (tone, title, ...children) =>
    el('div', { class: 'alert alert-' + tone }, el('p', { class: 'alert-title' }, title), ...children)

  const badge = (words, tone = 'neutral') => el('span', { class: 'badge badge-' + tone }, words)

  /** Words of an author: backticks set code. */
  const inline = (text) =>
    text
      .split(/(\x60[^\x60\n]+\x60)/)
      .filter((words) => words !== '')
      .map((words) => (/^\x60[^\x60]+\x60$/.test(words) ? el('code', {}, words.slice(1, -1)) : words))
  const prose = (text) =>
    text
      .split(/\n\s*\n/)
      .filter((words) => words.trim() !== '')
      .map((words) => el('p', {}, ...inline(words.trim())))

  const counted = (count) => count.toLocaleString('en-GB')
  const pretty = (value) => JSON.stringify(value, null, 2)
  const parsed = (text) => {
    try {
      return JSON.parse(text)
    } catch {
      return undefined
    }
  }
  const isRecord = (value) => typeof value === 'object' && value !== null && !Array.isArray(value)

  /** Text of any length: the start of it, and more on request, so that no answer stalls the page. */
  const long = (text) => {
    const code = el('code')
    const pre = el('pre', { class: 'try-text', tabindex: '-1' }, code)
    let shown = 0
    const showMore = (characters) => {
      let end = Math.min(text.length, shown + characters)
      if (/[\uD800-\uDBFF]/.test(text[end - 1] ?? '')) end += 1 // not between the halves of one
      code.append(text.slice(shown, end))
      shown = end
    }
    const lines = text.slice(0, FIRST_CHARACTERS).split('\n', FIRST_LINES)
    showMore(lines.length < FIRST_LINES ? FIRST_CHARACTERS : lines.join('\n').length)
    if (shown >= text.length) return pre
    const more = button('', () => {
      showMore(MORE_CHARACTERS)
      label()
    })
    const label = () => {
      const rest = text.length - shown
      if (rest <= 0) {
        more.remove()
        pre.focus()
        return
      }
      more.textContent =
        'Show ' + counted(Math.min(rest, MORE_CHARACTERS)) + ' more of ' + counted(text.length) + ' characters'
    }
    label()
    return el('div', { class: 'try-long' }, pre, more)
  }

  const fold = (title, ...children) =>
    el('details', { class: 'fold' }, el('summary', {}, title), el('div', { class: 'fold-body' }, ...children))

  const announcer = document.getElementById('announcer')
  const announce = (text) => {
    announcer.textContent = ''
    setTimeout(() => { announcer.textContent = text }, 50)
  }

  /** Something that did not work, in words for whoever uses the page. */
  class Problem extends Error {}
`
