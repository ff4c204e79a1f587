#!/usr/bin/env node
// What every `npm run` command of this folder goes through. Plain JavaScript that old versions of
// Node can parse: a TypeScript file would die with a syntax error before it could say which version
// is needed.

const OLDEST_NODE = 24
/** Not for people: what `[build]` in wrangler.toml runs. */
const CHECK = 'check-deploy'
const COMMANDS = [
  ...['start', 'new', 'import-openapi', 'deploy', 'migrate', 'doctor', 'revoke', 'setup-link'],
]

/** Prints what the person at the terminal can act on, and ends with an exit code that is not 0. */
function fail(message, exitCode = 1) {
  process.stderr.write(`${message}\n`)
  process.exitCode = exitCode
}

async function main([command, ...args]) {
  if (Number.parseInt(process.versions.node, 10) < OLDEST_NODE) {
    fail(
      `Quayside's commands need Node ${OLDEST_NODE} or newer and this is ${process.version}. ` +
        'Run them through npm (`npm start`, `npm run deploy`): `npm ci` installs the right Node ' +
        'beside the project.',
    )
    return
  }
  if (!COMMANDS.includes(command) && command !== CHECK) {
    fail(`Unknown command ${JSON.stringify(command ?? '')}. There is: ${COMMANDS.join(', ')}.`)
    return
  }
  try {
    const { run } = await import(`./${command}.ts`)
    await run(args)
  } catch (error) {
    if (error?.code === 'ERR_MODULE_NOT_FOUND' && /package/.test(error.message)) {
      fail(`A dependency is missing. Run \`npm ci\` first. (${error.message.split('\n')[0]})`)
    } else if (error?.name === 'CliError') {
      fail(error.message, error.exitCode)
    } else {
      // Not foreseen, so our bug: here the stack is the useful part.
      fail(error?.stack ?? String(error))
    }
  }
}

await main(process.argv.slice(2))
