/** The setting SETUP_CODE of the local platform, kept with its data until the next one is drawn. @module */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

const fileIn = (stateDir: string): string => join(stateDir, 'setup-code')

/** Takes effect when the platform is started the next time. */
export async function keepSetupCode(stateDir: string, setting: string): Promise<void> {
  await mkdir(stateDir, { recursive: true })
  await writeFile(fileIn(stateDir), `${setting}\n`, { mode: 0o600 })
}

/** As variables of the Worker. */
export async function localSetupVars(stateDir: string): Promise<Record<string, string>> {
  try {
    return { SETUP_CODE: (await readFile(fileIn(stateDir), 'utf8')).trim() }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {}
    throw error
  }
}
