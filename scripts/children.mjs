/** Child processes of the scripts: every one ends when the script is told to end, and its exit code is passed on. */
import { spawn } from 'node:child_process'
import os from 'node:os'
import process from 'node:process'

/** How long a child may take to end by itself after a signal, before it is killed. */
const graceMs = 15_000

/** @type {Set<import('node:child_process').ChildProcess>} */
const live = new Set()

/** @type {NodeJS.Signals | null} */
let stopSignal = null

/** @param {NodeJS.Signals} signal */
const exitCodeOf = (signal) => 128 + (os.constants.signals[signal] ?? 0)

/** npm sends a signal on that the terminal or the process group has delivered already: one wish, two signals. */
const sameWishMs = 1000
let stoppedAtMs = 0

/** @param {NodeJS.Signals} signal */
function stop(signal) {
  if (live.size === 0) process.exit(exitCodeOf(signal))
  if (Date.now() - stoppedAtMs < sameWishMs) return
  stoppedAtMs = Date.now()
  // A terminal sends Ctrl-C to the children itself.
  const alreadyTold = signal === 'SIGINT' && process.stdin.isTTY
  for (const child of live) if (!alreadyTold) child.kill(signal)
  if (stopSignal) return
  stopSignal = signal
  setTimeout(() => {
    for (const child of live) child.kill('SIGKILL')
  }, graceMs).unref()
}

for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) process.on(signal, () => stop(signal))

/** How often to look whether npm is still there. */
const parentPollMs = 250

// npm that is killed can tell nobody. A desk that outlived it would hold the trader's data, and the next start would
// find it in use.
if (process.env.npm_lifecycle_event) {
  const parent = process.ppid
  const watch = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(watch)
    stop('SIGTERM')
  }, parentPollMs)
  watch.unref()
}

/**
 * @typedef {object} Ending
 * @property {number} code the exit code, or 128 plus the number of the signal that ended the child
 * @property {string} output what was captured of stderr (and stdout, where that is captured too)
 * @property {boolean} timedOut
 * @property {boolean} missing the command does not exist
 */

/** What is kept of a child's output to explain a failure. */
const keptCharacters = 200_000

/**
 * Starts a child and waits for its end.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {object} [options]
 * @param {NodeJS.ProcessEnv} [options.env]
 * @param {string} [options.cwd]
 * @param {'inherit' | 'capture' | 'stderr'} [options.output] inherit: the child owns the terminal; capture: silent;
 *   stderr: shown on stderr, nothing on stdout, and captured too
 * @param {number} [options.timeoutMs]
 * @param {boolean} [options.isTheProgram] true: a signal's ending is the child's to decide and is passed on; false (a
 *   step of the set-up): a signal ends the script
 * @param {(line: string) => void} [options.onLine] each line of stdout; stdout is still passed on
 * @returns {Promise<Ending>}
 */
export function run(command, args, options = {}) {
  const { env = process.env, cwd, output = 'inherit', timeoutMs, isTheProgram = false, onLine } = options
  const out = output === 'inherit' && !onLine ? 'inherit' : 'pipe'
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      env,
      cwd,
      stdio: [output === 'inherit' ? 'inherit' : 'ignore', out, output === 'inherit' ? 'inherit' : 'pipe'],
      windowsHide: true,
    })
    live.add(child)
    let kept = ''
    let timedOut = false
    /** @param {Buffer} chunk */
    const keep = (chunk) => {
      kept = (kept + chunk.toString('utf8')).slice(-keptCharacters)
      if (output === 'stderr') process.stderr.write(chunk)
    }
    child.stderr?.on('data', keep)
    if (onLine) {
      let rest = ''
      child.stdout?.on('data', (/** @type {Buffer} */ chunk) => {
        process.stdout.write(chunk)
        const lines = (rest + chunk.toString('utf8')).split('\n')
        rest = lines.pop() ?? ''
        for (const line of lines) onLine(line)
      })
    } else child.stdout?.on('data', keep)
    const timer = timeoutMs
      ? setTimeout(() => {
          timedOut = true
          child.kill('SIGKILL')
        }, timeoutMs)
      : undefined
    /** @param {Omit<Ending, 'output' | 'timedOut'>} ending */
    const end = (ending) => {
      clearTimeout(timer)
      live.delete(child)
      if (stopSignal && !isTheProgram) process.exit(exitCodeOf(stopSignal))
      resolve({ ...ending, output: kept, timedOut })
    }
    child.on('error', (/** @type {NodeJS.ErrnoException} */ error) => {
      live.delete(child)
      if (error.code === 'ENOENT') end({ code: 127, missing: true })
      else reject(error)
    })
    child.on('close', (code, signal) => end({ code: code ?? (signal ? exitCodeOf(signal) : 1), missing: false }))
  })
}
