/**
 * Forms made from JSON Schema. A field is `{ node, read }`: `read(problems)` gives its value, or
 * undefined to leave it out, and adds what is wrong, with the control it is wrong at. What a form
 * cannot say well (alternatives, open maps, types of many kinds) is written as JSON.
 */
export const SCHEMA_FORM = `
  const MAX_DEPTH = 5
  const MAX_CHOICES = 200

  const isScalar = (schema) => isRecord(schema) && /^(string|integer|number)$/.test(schema.type)

  /**
   * A schema with local references resolved and alternatives to null taken away. Alternatives that
   * are one value each become a choice; of those that are all one text or number, as an id written
   * either way, the first.
   */
  const plainSchema = (schema, whole) => {
    let at = schema
    for (let step = 0; step < 10; step += 1) {
      if (!isRecord(at)) return {}
      const { $ref, anyOf, oneOf, allOf, ...rest } = at
      const choices = anyOf ?? oneOf
      const real = choices?.filter((choice) => choice?.type !== 'null')
      if (typeof $ref === 'string' && $ref.startsWith('#')) {
        const found = $ref.slice(1).split('/').filter((key) => key !== '').reduce(
          (node, key) => node?.[decodeURIComponent(key).replaceAll('~1', '/').replaceAll('~0', '~')], whole)
        at = { ...(isRecord(found) ? found : {}), ...rest }
      } else if (real?.length > 1 && real.every((choice) => isRecord(choice) && 'const' in choice)) {
        return { ...rest, enum: real.map((choice) => choice.const), enumNames: real.map((choice) => choice.title) }
      } else if (real?.length === 1 || (real?.length > 1 && real.every(isScalar) && !rest.enum)) at = { ...rest, ...real[0] }
      else if (choices === undefined && allOf?.length === 1) at = { ...allOf[0], ...rest }
      else if (Array.isArray(at.type)) {
        const types = at.type.filter((type) => type !== 'null')
        if (types.length !== 1) return at
        at = { ...at, type: types[0] }
      } else return at
    }
    return {}
  }

  const kindOf = (schema, depth) => {
    if ('const' in schema) return 'choice'
    if (Array.isArray(schema.enum)) return schema.enum.length <= MAX_CHOICES ? 'choice' : 'json'
    if (schema.anyOf || schema.oneOf || schema.allOf || schema.not || schema.if) return 'json'
    switch (schema.type) {
      case 'string': return 'text'
      case 'integer':
      case 'number': return 'number'
      case 'boolean': return 'choice'
      case 'array': return isRecord(schema.items) && !schema.prefixItems && depth < MAX_DEPTH ? 'list' : 'json'
      case 'object': return isRecord(schema.properties) && depth < MAX_DEPTH ? 'group' : 'json'
      default: return 'json'
    }
  }

  const range = (low, high, one, many) => {
    if (low === undefined && high === undefined) return undefined
    if (low === high) return 'exactly ' + low + ' ' + (low === 1 ? one : many)
    if (high === undefined) return 'at least ' + low + ' ' + (low === 1 ? one : many)
    if (low === undefined) return 'at most ' + high + ' ' + (high === 1 ? one : many)
    return low + ' to ' + high + ' ' + many
  }
  const FORMATS = {
    date: 'date, as 2026-11-27', 'date-time': 'date and time, as 2026-11-27T12:00:00Z', time: 'time of day',
    email: 'email address', uri: 'URL', uuid: 'UUID', hostname: 'host name', duration: 'duration, as PT15M',
  }
  /** What may be filled in, in words. */
  const inWords = (schema, kind) => {
    const { minLength, maxLength, minimum, maximum, minItems, maxItems } = schema
    // The widest there is, which says nothing.
    const low = minimum === Number.MIN_SAFE_INTEGER ? undefined : minimum
    const high = maximum === Number.MAX_SAFE_INTEGER ? undefined : maximum
    const words = {
      text: [FORMATS[schema.format] ?? 'text', range(minLength, maxLength, 'character', 'characters')],
      number: [schema.type === 'integer' ? 'whole number' : 'number', range(low, high, '', '')?.trim()],
      list: ['list', range(minItems, maxItems, 'entry', 'entries')],
      json: ['JSON'],
    }[kind] ?? []
    return words.filter((word) => word !== undefined).join(', ')
  }

  /** A control with its label, what is known of it, and room for what is wrong. */
  const labelled = (control, { label, name, required, schema, kind }) => {
    const id = newId()
    const error = el('p', { id: id + '-error', class: 'field-error', hidden: true })
    const words = inWords(schema, kind)
    const left = schema.default === undefined ? undefined
      : el('span', {}, 'Left out, it is ', el('code', {}, JSON.stringify(schema.default)), '.')
    const hint = el('p', { id: id + '-hint', class: 'quiet field-hint' },
      ...(schema.description ? [...inline(schema.description), /[.!?]$/.test(schema.description) ? ' ' : '. '] : []),
      ...(words === '' ? [] : [words[0].toUpperCase() + words.slice(1) + '. ']),
      ...(left ? [left] : []))
    control.id = id
    control.setAttribute('aria-describedby', id + '-error ' + id + '-hint')
    if (required) control.setAttribute('aria-required', 'true')
    const node = el('div', { class: 'field' },
      el('label', { for: id }, label, ' ',
        name !== undefined && name !== label && el('code', { class: 'quiet' }, name), ' ',
        el('span', { class: required ? 'try-required' : 'quiet' }, required ? 'required' : 'optional')),
      control, error, hint)
    return node
  }
  const clearProblems = (form) => {
    for (const control of form.querySelectorAll('[aria-invalid]')) control.removeAttribute('aria-invalid')
    for (const error of form.querySelectorAll('.field-error')) error.hidden = true
  }
  const showProblem = ({ control, text }) => {
    const error = document.getElementById(control.id + '-error')
    control.setAttribute('aria-invalid', 'true')
    error.textContent = text
    error.hidden = false
  }

  const MISSING = 'This is required.'

  const choiceField = (schema, at) => {
    const values = 'const' in schema ? [schema.const] : schema.enum ?? [true, false]
    const words = (value) => (value === true ? 'yes' : value === false ? 'no' : typeof value === 'string' ? value : JSON.stringify(value))
    const select = el('select', {},
      el('option', { value: '' }, at.required ? 'Choose' : 'Leave out'),
      ...values.map((value, index) => el('option', { value: String(index) }, schema.enumNames?.[index] ?? words(value))))
    if (at.required && values.length === 1) select.value = '0'
    return {
      node: labelled(select, { ...at, schema, kind: 'choice' }),
      read(problems) {
        if (select.value !== '') return values[Number(select.value)]
        if (at.required) problems.push({ control: select, text: 'Choose one.', missing: true })
        return undefined
      },
    }
  }

  const textField = (schema, at) => {
    const isLong = schema.maxLength > 200
    const control = el(isLong ? 'textarea' : 'input', { autocomplete: 'off', spellcheck: 'false', ...(isLong && { rows: '3' }) })
    return {
      control,
      node: labelled(control, { ...at, schema, kind: 'text' }),
      read(problems) {
        const { value } = control
        if (value === '') {
          const text = MISSING + ' To send an empty text, write the arguments as JSON.'
          if (at.required) problems.push({ control, text, missing: true })
          return undefined
        }
        const problem = textProblem(value, schema)
        if (problem !== undefined) problems.push({ control, text: problem })
        return value
      },
    }
  }
  const textProblem = (value, { minLength, maxLength, pattern }) => {
    const length = [...value].length
    if (length < minLength) return 'It needs ' + range(minLength, undefined, 'character', 'characters') + '; this has ' + length + '.'
    if (length > maxLength) return 'It may have ' + range(undefined, maxLength, 'character', 'characters') + '; this has ' + length + '.'
    if (pattern === undefined) return undefined
    try {
      return new RegExp(pattern, 'u').test(value) ? undefined : 'It has to look like ' + pattern
    } catch {
      return undefined // not a pattern of this language; the module checks it
    }
  }

  const numberField = (schema, at) => {
    const control = el('input', { inputmode: schema.type === 'integer' && !(schema.minimum < 0) ? 'numeric' : 'decimal', autocomplete: 'off' })
    return {
      node: labelled(control, { ...at, schema, kind: 'number' }),
      read(problems) {
        const typed = control.value.trim()
        const wrong = (text, missing = false) => {
          problems.push({ control, text, missing })
          return undefined
        }
        if (typed === '') return at.required ? wrong(MISSING, true) : undefined
        const value = Number(typed)
        if (!Number.isFinite(value)) return wrong('This is not a number.')
        if (schema.type === 'integer' && !Number.isInteger(value)) return wrong('This has to be a whole number.')
        const { minimum, maximum, exclusiveMinimum, exclusiveMaximum } = schema
        if (value < minimum) return wrong('The least is ' + minimum + '.')
        if (value > maximum) return wrong('The most is ' + maximum + '.')
        if (value <= exclusiveMinimum) return wrong('It has to be more than ' + exclusiveMinimum + '.')
        if (value >= exclusiveMaximum) return wrong('It has to be less than ' + exclusiveMaximum + '.')
        return value
      },
    }
  }

  const jsonField = (schema, at) => {
    const control = el('textarea', { rows: '4', class: 'try-code', autocomplete: 'off', spellcheck: 'false' })
    const node = labelled(control, { ...at, schema, kind: 'json' })
    if (Object.keys(schema).length > 0) node.append(fold('What it may be, as JSON Schema', long(pretty(schema))))
    return {
      control,
      node,
      read(problems) {
        const typed = control.value.trim()
        if (typed === '') {
          if (at.required) problems.push({ control, text: MISSING, missing: true })
          return undefined
        }
        try {
          return JSON.parse(typed)
        } catch (cause) {
          problems.push({ control, text: 'This is not JSON: ' + cause.message })
          return undefined
        }
      },
    }
  }

  const groupTitle = ({ label, name, required, schema }) => [
    el('legend', {}, label, ' ', name !== undefined && name !== label && el('code', { class: 'quiet' }, name), ' ',
      el('span', { class: required ? 'try-required' : 'quiet' }, required ? 'required' : 'optional')),
    schema.description && el('p', { class: 'quiet' }, ...inline(schema.description)),
  ]

  const listField = (schema, at) => {
    const entries = []
    const list = el('div', { class: 'try-entries' })
    const error = el('p', { class: 'field-error', hidden: true })
    const renumber = () => entries.forEach(({ remove }, index) => {
      remove.setAttribute('aria-label', 'Remove entry ' + (index + 1) + ' of ' + at.label)
    })
    const add = button('Add an entry', () => {
      const field = fieldOf(schema.items, { ...at, label: 'Entry', name: undefined, required: true, depth: at.depth + 1 })
      const remove = button('Remove', () => {
        entries.splice(entries.indexOf(entry), 1)
        entry.node.remove()
        renumber()
        add.focus()
      })
      const entry = { field, remove, node: el('div', { class: 'try-entry' }, field.node, remove) }
      entries.push(entry)
      list.append(entry.node)
      renumber()
      field.node.querySelector('input, select, textarea, button')?.focus()
    })
    add.id = newId()
    error.id = add.id + '-error'
    add.setAttribute('aria-describedby', error.id)
    add.append(el('span', { class: 'visually-hidden' }, ' to ' + at.label))
    const words = inWords(schema, 'list')
    return {
      node: el('fieldset', { class: 'try-group' }, ...groupTitle({ ...at, schema }),
        el('p', { class: 'quiet' }, words[0].toUpperCase() + words.slice(1) + '.'), list, error, add),
      read(problems) {
        if (entries.length === 0 && !at.required) return undefined
        const { minItems, maxItems } = schema
        const values = entries.map(({ field }) => field.read(problems))
        if (values.length < minItems) problems.push({ control: add, text: 'It needs ' + range(minItems, undefined, 'entry', 'entries') + '.', missing: true })
        if (values.length > maxItems) problems.push({ control: add, text: 'It may have ' + range(undefined, maxItems, 'entry', 'entries') + '.' })
        return values
      },
    }
  }

  const groupField = (schema, at) => {
    const required = Array.isArray(schema.required) ? schema.required : []
    const fields = Object.entries(schema.properties).map(([name, property]) => {
      const title = plainSchema(property, at.whole).title
      return [name, fieldOf(property, { ...at, name, label: title ?? name, required: required.includes(name), depth: at.depth + 1 })]
    })
    const nodes = fields.map(([, field]) => field.node)
    return {
      node: at.depth === 0
        ? el('div', { class: 'try-fields' }, ...nodes)
        : el('fieldset', { class: 'try-group' }, ...groupTitle({ ...at, schema }), ...nodes),
      read(problems) {
        const own = []
        const value = {}
        for (const [name, field] of fields) {
          const part = field.read(own)
          // Set as a plain member whatever it is called.
          if (part !== undefined) Object.defineProperty(value, name, { value: part, enumerable: true, configurable: true, writable: true })
        }
        // A group that nobody began is left out with all that it would require.
        if (!at.required && Object.keys(value).length === 0 && own.every(({ missing }) => missing)) return undefined
        problems.push(...own)
        return value
      },
    }
  }

  const FIELDS = { choice: choiceField, text: textField, number: numberField, list: listField, group: groupField, json: jsonField }
  const fieldOf = (schema, at) => {
    const plain = plainSchema(schema, at.whole)
    return FIELDS[kindOf(plain, at.depth)](plain, at)
  }

  /** The form of a whole schema, which is one of an object. */
  const formOf = (schema) => {
    const whole = isRecord(schema) ? schema : {}
    const plain = { properties: {}, ...plainSchema(whole, whole), type: 'object' }
    const at = { whole, label: 'Arguments', required: true, depth: 0 }
    return kindOf(plain, 0) === 'group' ? groupField(plain, at) : jsonField(whole, at)
  }

  /** Headers that repeat arguments, where a schema asks for it (2026-07-28). */
  const headersOf = (schema, value) => {
    const headers = {}
    const visit = (node, at) => {
      for (const [name, property] of Object.entries(isRecord(node?.properties) ? node.properties : {})) {
        const part = isRecord(at) ? at[name] : undefined
        const header = property?.['x-mcp-header']
        if (header !== undefined && /^(string|number|boolean)$/.test(typeof part)) headers['mcp-param-' + header] = headerValue(part)
        visit(property, part)
      }
    }
    visit(schema, value)
    return headers
  }
`
