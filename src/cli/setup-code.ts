import { createHash, randomBytes } from 'node:crypto'

const LIFETIME_SECONDS = 24 * 3600

/** A setup link, and what the platform is told so that it opens once. */
export interface SetupCode {
  link: string
  /** The value of SETUP_CODE: the code’s SHA-256 and its end. The code is not in it. */
  setting: string
}

/** Draws a code of 256 random bits for the platform at this origin. */
export function drawSetupCode(origin: string, nowSeconds: number): SetupCode {
  const code = randomBytes(32).toString('base64url')
  const hash = createHash('sha256').update(code).digest('hex')
  return {
    link: `${origin}/setup?${new URLSearchParams({ code })}`,
    setting: `${hash}.${nowSeconds + LIFETIME_SECONDS}`,
  }
}
