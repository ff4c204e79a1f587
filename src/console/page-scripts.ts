import { PASSKEY_SCRIPT } from './passkey-script'

/** Scripts that only some pages carry. A page that names one needs its hash in the headers too. */
export const PAGE_SCRIPTS = { passkey: PASSKEY_SCRIPT }

export type PageScript = keyof typeof PAGE_SCRIPTS
