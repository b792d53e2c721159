/**
 * scripts/ sets Quartet up and starts it. It runs on whatever Node the machine has (20 or newer) before anything is
 * installed, so every file here uses Node's built-ins only.
 *
 * This file names the places of a checkout and the versions the set-up asks for.
 */
import path from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'

/** The oldest Node that can run these scripts. */
export const oldestNodeMajor = 20

/**
 * The oldest Node that can run the programs themselves: better-sqlite3 13 and node-llama-cpp 3.22 crash below 22, and
 * the build and test tools ask for 22.13, and Zstandard in `node:zlib` (the export to Parquet) came with 22.15.
 */
const oldestRuntime = { major: 22, minor: 15 }

/** The runtime that is taken from the npm registry where the machine's own Node is too old for the programs. */
export const runtimeVersion = '24.21.0'

export const rootDir = path.dirname(path.dirname(fileURLToPath(import.meta.url)))
export const cacheDir = path.join(rootDir, '.cache')
export const programsDir = path.join(rootDir, 'out', 'main')

/** @param {...string} parts */
export const inHouse = (...parts) => path.join(rootDir, ...parts)

/** @param {string} [version] such as `22.15.1` */
export function canRunPrograms(version = process.versions.node) {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major > oldestRuntime.major || (major === oldestRuntime.major && minor >= oldestRuntime.minor)
}

/**
 * A failure that a reader can act on: one clear line that says what happened and what to do, without a stack.
 */
export class SetupFailure extends Error {}

/** Tells the person at the terminal; stdout belongs to the program that is being started. @param {string} line */
export function say(line) {
  process.stderr.write(`${line}\n`)
}

/**
 * Runs a script's main function and turns a SetupFailure into one line and exit code 1.
 *
 * @param {() => Promise<number>} main answers with the exit code
 */
export async function runScript(main) {
  const [major = 0] = process.versions.node.split('.').map(Number)
  if (major < oldestNodeMajor) {
    say(`Quartet needs Node ${oldestNodeMajor} or newer; this is ${process.version}. Get one from https://nodejs.org.`)
    process.exitCode = 1
    return
  }
  try {
    process.exitCode = await main()
  } catch (error) {
    if (!(error instanceof SetupFailure)) throw error
    say(error.message)
    process.exitCode = 1
  }
}
