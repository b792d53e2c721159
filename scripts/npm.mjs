/** npm, started the way this machine has it, and its failures put into one line. */
import fs from 'node:fs'
import path from 'node:path'
import process from 'node:process'
import { run } from './children.mjs'
import { SetupFailure, say } from './house.mjs'

/** How often a long step says that it is still at work, where no terminal shows npm's own progress. */
const heartbeatMs = 15_000
/** What npm says first names the error; help and the place of its log follow. */
const shownLines = 12

/** package.json and package-lock.json name different packages: one of them was changed without the other. */
export class LockMismatch extends SetupFailure {}

/** @returns {[string, ...string[]]} */
function npmCommand() {
  const running = process.env.npm_execpath ?? ''
  const beside = path.join(path.dirname(process.execPath), '..', 'lib', 'node_modules', 'npm', 'bin', 'npm-cli.js')
  const besideOnWindows = path.join(path.dirname(process.execPath), 'node_modules', 'npm', 'bin', 'npm-cli.js')
  for (const script of [running, beside, besideOnWindows]) {
    if (/npm-cli\.c?js$/.test(script) && fs.existsSync(script)) return [process.execPath, script]
  }
  return ['npm']
}

/**
 * Runs one npm command to its end.
 *
 * @param {readonly string[]} args
 * @param {object} step
 * @param {string} step.cwd
 * @param {string} step.what as in "the packages", for the messages
 * @param {number} step.timeoutMs
 */
export async function npm(args, { cwd, what, timeoutMs }) {
  const [command, ...first] = npmCommand()
  const startedMs = Date.now()
  const heartbeat = setInterval(() => {
    say(`  still at it: ${what}, ${Math.round((Date.now() - startedMs) / 1000)} s`)
  }, heartbeatMs)
  const ending = await run(command, [...first, ...args, '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd,
    env: npmEnvironment(),
    output: 'capture',
    timeoutMs,
  }).finally(() => clearInterval(heartbeat))
  if (/EUSAGE/.test(ending.output) && /in sync/.test(ending.output))
    throw new LockMismatch('the lock file does not match')
  if (ending.code !== 0) throw new SetupFailure(explainNpm(what, ending))
}

/** What npm tells its scripts about the outer project, its settings among them, would bind the npm started here. */
const ofTheOuterProject = /^npm_(package_|lifecycle_|config_(local_prefix|prefix|ignore_scripts|allow_scripts|omit)$)/i

function npmEnvironment() {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !ofTheOuterProject.test(name)))
}

/**
 * @param {string} what
 * @param {Pick<import('./children.mjs').Ending, 'output' | 'missing' | 'timedOut' | 'code'>} ending
 */
export function explainNpm(what, { output, missing, timedOut, code }) {
  if (missing) return `npm was not found, and ${what} come through it. Install Node with npm from https://nodejs.org.`
  if (timedOut) return `Fetching ${what} took too long and was stopped. Check the network and run the command again.`
  if (/ENOSPC/.test(output)) return `The disk is full: ${what} could not be written. Free some space and try again.`
  const offline =
    /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ENOTCACHED)\b/.exec(output)
  if (offline)
    return `The npm registry could not be reached (${offline[0]}), and ${what} come from there. Connect to the network (or set npm's proxy or registry) and run the command again.`
  const refused = /\b(EACCES|EPERM|EROFS)\b/.exec(output)
  if (refused)
    return `npm may not write here (${refused[0]}): make the checkout writable for you and run the command again.`
  const said = output.trim().split('\n').slice(0, shownLines).join('\n')
  return `npm ended with code ${code}; ${what} are not complete. It said:\n${said}`
}
