import type { RevisionCodec } from '../codec'
import type { Revision } from '../revision'
import { codec20250326 } from './2025-03-26'
import { codec20250618 } from './2025-06-18'
import { codec20251125 } from './2025-11-25'
import { codec20260728 } from './2026-07-28'

/** The codec of each revision served. */
export const CODECS: Record<Revision, RevisionCodec> = {
  '2025-03-26': codec20250326,
  '2025-06-18': codec20250618,
  '2025-11-25': codec20251125,
  '2026-07-28': codec20260728,
}
