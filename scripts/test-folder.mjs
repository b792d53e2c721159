/** The temporary folder of one test step: whatever a test leaves in it is found, and removed. */
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import process from 'node:process'

/** Where programs look for the temporary folder: POSIX, and Windows. */
const names = ['TMPDIR', 'TEMP', 'TMP']

/** A process that was just ended may still write its last word. */
const removal = { recursive: true, force: true, maxRetries: 20, retryDelay: 50 }

/**
 * @typedef {object} TestFolder
 * @property {NodeJS.ProcessEnv} env the given environment, with this folder as its temporary one
 * @property {() => string[]} clear removes the folder and tells what was left in it, one name each
 */

/** @param {NodeJS.ProcessEnv} env @returns {TestFolder} */
export function openTestFolder(env) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'quartet-tests-'))
  const remove = () => fs.rmSync(folder, removal)
  // Also where a signal ends the tests.
  process.once('exit', remove)
  return {
    env: { ...env, ...Object.fromEntries(names.map((name) => [name, folder])) },
    clear() {
      const left = fs.readdirSync(folder).sort()
      remove()
      process.off('exit', remove)
      return left
    },
  }
}
