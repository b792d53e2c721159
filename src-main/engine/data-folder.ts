import { mkdirSync } from 'node:fs'

/** Read, write and enter for the owner, nothing for others; Windows gives a new folder the rights of the one it lies in. */
const ownerOnly = 0o700

/**
 * Makes a folder of the trader's own data where it is missing, with the folders above it, closed to the machine's other
 * users (so the XDG Base Directory Specification asks). One that is there keeps the rights that it has.
 */
export function makeDataFolder(dir: string): void {
  mkdirSync(dir, { recursive: true, mode: ownerOnly })
}
