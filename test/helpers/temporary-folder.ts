import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach } from 'vitest'

const ofTheFile: string[] = []
const ofTheTest: string[] = []
let isTesting = false

/** A process that was told to end may still write its last word. */
const patience = { maxRetries: 20, retryDelay: 50 }

/**
 * A new, empty folder that nobody needs to remove: one that a test makes goes with the test, any other with the test file,
 * also when a test fails. `below` is the system's temporary folder unless it is said otherwise.
 */
export function temporaryFolder(purpose: string, below: string = tmpdir()): string {
  mkdirSync(below, { recursive: true })
  const folder = mkdtempSync(join(below, `quartet-${purpose}-`))
  const kept = isTesting ? ofTheTest : ofTheFile
  kept.push(folder)
  return folder
}

// Registered before the hooks of the file that imports this, so that theirs run first at the end and find their folders.
beforeEach(() => {
  isTesting = true
})
afterEach(() => {
  isTesting = false
  removeAll(ofTheTest)
})
afterAll(() => removeAll(ofTheFile))

function removeAll(folders: string[]): void {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true, ...patience })
}
