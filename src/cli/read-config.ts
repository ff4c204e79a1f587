import {
  type Unstable_Config as Config,
  type Unstable_RawConfig as RawConfig,
  unstable_readConfig as read,
  experimental_readRawConfig as readRaw,
} from 'wrangler'
import { CliError } from './cli-error.ts'

/** The configuration as wrangler understands it, defaults included. @throws {CliError} */
export function readConfig(path: string, env?: string): Config {
  return inWords(path, () => read({ config: path, env }, { hideWarnings: true }))
}

/** The configuration as it is written. @throws {CliError} */
export function readRawConfig(path: string): RawConfig {
  return inWords(path, () => readRaw({ config: path }).rawConfig)
}

/** wrangler says well what is wrong with a file; its stack helps nobody who wrote the file. */
function inWords<T>(path: string, readIt: () => T): T {
  try {
    return readIt()
  } catch (error) {
    if (!(error instanceof Error) || !/^(Parse|User)Error$/.test(error.constructor.name))
      throw error
    throw new CliError(`${path} cannot be used. ${error.message.trim()}`, { cause: error })
  }
}
