/// <reference types="vite/types/importMeta.d.ts" />
import { describe, expect, it } from 'vitest'
import {
  CODECS,
  PROTOCOL_ERRORS,
  ProtocolError,
  type ProtocolErrorKind,
  REVISIONS_2025,
  REVISIONS_2026,
} from '../../src/protocol'

const [page = '']: string[] = Object.values(
  import.meta.glob('../../docs/protocol.md', { query: '?raw', import: 'default', eager: true }),
)
const kinds = Object.keys(PROTOCOL_ERRORS) as ProtocolErrorKind[]

/** The table of errors: name, codes, status, cause and cure. */
const rows = page
  .split('\n')
  .map((line) => line.split('|').map((cell) => cell.trim()))
  .filter(([, name = '']) => /^`[a-z_]+`$/.test(name))
  .map(([, name = '', codes = '', status, cause, cure]) => ({
    kind: name.replaceAll('`', ''),
    codes: (codes.match(/-\d{5}/g) ?? []).map(Number),
    status: Number(status),
    cause,
    cure,
  }))

describe('the page about the protocol', () => {
  it.each(kinds)('says of %s which code and status it has, why, and what to do', (kind) => {
    const [row, ...others] = rows.filter((row) => row.kind === kind)
    expect(others).toEqual([])
    const error = new ProtocolError(kind, 'any')
    const codes = [...REVISIONS_2026, ...REVISIONS_2025].map((revision) =>
      CODECS[revision].errorCode(error),
    )
    expect(row).toMatchObject({ codes: [...new Set(codes)], status: error.status })
    expect(row?.cause).toMatch(/\w/)
    expect(row?.cure).toMatch(/\w/)
  })

  it('knows of no others', () => {
    expect(rows.map(({ kind }) => kind).filter((kind) => !(kind in PROTOCOL_ERRORS))).toEqual([])
  })

  it('names every revision that is served', () => {
    for (const revision of [...REVISIONS_2025, ...REVISIONS_2026]) expect(page).toContain(revision)
  })
})
