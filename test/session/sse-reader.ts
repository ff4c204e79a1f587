/** One block of an event stream, as a client of 2025 sees it. */
export interface Block {
  comment?: string
  id?: string
  retry?: number
  data?: string
}

export interface SseReader {
  /** The next block that is no comment; undefined when the stream has ended. */
  next(): Promise<Block | undefined>
  /** All of them to the end. */
  rest(): Promise<Block[]>
  /** The next block, comments included. */
  any(): Promise<Block | undefined>
  /** Goes away without a word. */
  cancel(): Promise<void>
}

export function readSse(response: Response): SseReader {
  if (!response.headers.get('content-type')?.startsWith('text/event-stream') || !response.body) {
    throw new Error(`no event stream: ${response.status} ${response.headers.get('content-type')}`)
  }
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
  let buffer = ''
  const any = async (): Promise<Block | undefined> => {
    while (!buffer.includes('\n\n')) {
      const { done, value } = await reader.read()
      if (done) {
        if (buffer !== '') throw new Error(`the stream broke off in a block: ${buffer}`)
        return undefined
      }
      buffer += value
    }
    const end = buffer.indexOf('\n\n')
    const lines = buffer.slice(0, end).split('\n')
    buffer = buffer.slice(end + 2)
    return Object.fromEntries(lines.map(fieldOf))
  }
  const next = async () => {
    for (let block = await any(); block; block = await any()) {
      if (block.comment === undefined) return block
    }
    return undefined
  }
  return {
    any,
    next,
    async rest() {
      const blocks: Block[] = []
      for (let block = await next(); block; block = await next()) blocks.push(block)
      return blocks
    },
    cancel: () => reader.cancel(),
  }
}

function fieldOf(line: string): [string, string | number] {
  const [, name = '', value = ''] = /^([a-z]*): ?(.*)$/.exec(line) ?? []
  if (name === '') return ['comment', value]
  return [name, name === 'retry' ? Number(value) : value]
}

/** The JSON of blocks that carry any. */
export const messagesOf = (blocks: readonly (Block | undefined)[]) =>
  blocks.flatMap((block) => (block?.data ? [JSON.parse(block.data)] : []))
