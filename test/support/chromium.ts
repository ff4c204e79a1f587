/**
 * The browser the page tests run in. Nobody is asked to install one first: a Chromium that is
 * already on the machine is used, else one is fetched, and only when that fails does the run stop,
 * with the command that would fix it. The suite never skips.
 * @module
 */
import { execFile, spawn } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { homedir, tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { type Browser, chromium } from 'playwright-core'

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome']
const MAC_APPS = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
]
const PROBE_TIMEOUT_MS = 30_000

/** Quiet and reproducible: no background traffic of the browser's own may show up in a test. */
const LAUNCH_ARGS = [
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/**
 * Starts a headless Chromium with a fresh profile. The caller closes it.
 * @throws when no Chromium is found and none can be installed; the message names the remedy.
 */
export async function launchChromium(): Promise<Browser> {
  // Chromium refuses to sandbox itself when run by root, as containers and CI do.
  const asRoot = process.getuid?.() === 0 ? ['--no-sandbox'] : []
  return chromium.launch({
    executablePath: await ensureChromium(),
    headless: true,
    args: [...LAUNCH_ARGS, ...asRoot],
  })
}

/**
 * Path of a Chromium that starts: `CHROMIUM_PATH`, one on the machine, or one installed now, which
 * takes minutes. Test files that run in parallel may all call it: only one installs.
 */
export async function ensureChromium(): Promise<string> {
  const chosen = process.env.CHROMIUM_PATH
  if (chosen) {
    const failure = await startFailure(chosen)
    if (failure) throw new Error(`CHROMIUM_PATH=${chosen} does not start: ${failure}`)
    return chosen
  }
  const found = await findChromium()
  if (found) return found

  const failures: string[] = []
  for (const { label, available, commands } of INSTALLERS) {
    if (!available()) continue
    console.info(`No Chromium found for the browser tests. Installing one with ${label} …`)
    try {
      for (const [command, ...args] of commands) await run(command, args)
    } catch (error) {
      failures.push(`${label}: ${error instanceof Error ? error.message : String(error)}`)
      continue
    }
    const installed = await findChromium()
    if (installed) return installed
    failures.push(`${label}: finished, but left no Chromium that starts`)
  }
  throw new Error(
    [
      'The browser tests need Chromium and could not install one.',
      ...failures.map((failure) => `  ${failure}`),
      'Run `npx playwright-core install --with-deps chromium`, or on Debian and Ubuntu',
      '`sudo apt-get install chromium`, or set CHROMIUM_PATH to a Chromium you have.',
    ].join('\n'),
  )
}

/** How long `launchChromium()` may take in a hook when a browser has to be installed first. */
export const CHROMIUM_DEADLINE_MS = 15 * 60_000

type Command = readonly [command: string, ...args: string[]]

const INSTALLERS: { label: string; available: () => boolean; commands: Command[] }[] = [
  {
    label: 'Playwright',
    available: () => true,
    commands: [[process.execPath, playwrightCli(), 'install', 'chromium']],
  },
  {
    label: 'apt-get',
    available: () => existsSync('/etc/debian_version') && process.getuid?.() === 0,
    // `flock`, because two `apt-get update` at a time fail on each other's lock. Playwright's
    // installer has a lock of its own.
    commands: [
      [
        'flock',
        join(tmpdir(), 'quayside-chromium.lock'),
        'sh',
        '-c',
        'apt-get update && apt-get install -y -o DPkg::Lock::Timeout=300 chromium',
      ],
    ],
  },
]

async function findChromium(): Promise<string | undefined> {
  const onPath = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '')
  const candidates = [
    ...[...onPath, '/usr/bin'].flatMap((folder) => NAMES.map((name) => join(folder, name))),
    ...MAC_APPS,
    chromium.executablePath(),
    ...playwrightCache(),
  ]
  for (const candidate of new Set(candidates)) {
    if (existsSync(candidate) && !(await startFailure(candidate))) return candidate
  }
  return undefined
}

/** Browsers that other Playwright versions have left in the shared cache. */
function playwrightCache(): string[] {
  const cache = process.env.PLAYWRIGHT_BROWSERS_PATH ?? join(homedir(), '.cache', 'ms-playwright')
  if (!existsSync(cache)) return []
  return readdirSync(cache)
    .filter((name) => name.startsWith('chromium-'))
    .flatMap((name) => [
      join(cache, name, 'chrome-linux', 'chrome'),
      join(cache, name, 'chrome-linux64', 'chrome'),
    ])
}

/** Why a Chromium does not start, if it does not: a download without its libraries is common. */
async function startFailure(path: string): Promise<string | undefined> {
  try {
    await promisify(execFile)(path, ['--version'], { timeout: PROBE_TIMEOUT_MS })
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

function playwrightCli(): string {
  const manifest = createRequire(import.meta.url).resolve('playwright-core/package.json')
  return join(dirname(manifest), 'cli.js')
}

function run(command: string, args: string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    })
    child.once('error', reject)
    child.once('exit', (code, signal) => {
      if (code === 0) resolve()
      else reject(new Error(`\`${[command, ...args].join(' ')}\` ended with ${code ?? signal}`))
    })
  })
}
