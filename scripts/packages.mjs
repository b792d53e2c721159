/** Installs exactly what package-lock.json names; no package runs a script of its own. */
import fs from 'node:fs'
import process from 'node:process'
import { inHouse, rootDir, SetupFailure, say } from './house.mjs'
import { LockMismatch, npm } from './npm.mjs'
import { packagesMark, packagesStamp } from './setup.mjs'

const timeoutMs = 30 * 60_000
/** The packages take 1.2 GB; npm's cache takes the rest. */
const neededBytes = 2 * 1024 ** 3

export async function installPackages() {
  const mark = packagesMark()
  if (alreadyInstalled()) {
    fs.writeFileSync(packagesStamp, mark)
    return
  }
  const { bavail, bsize } = fs.statfsSync(rootDir)
  if (bavail * bsize < neededBytes)
    throw new SetupFailure(
      `The disk has ${Math.floor((bavail * bsize) / 1024 ** 2)} MB left; the packages need about 2 GB. Free some space and try again.`,
    )
  say('Installing the packages (1.2 GB; only when the lock file changed) ...')
  const startedMs = Date.now()
  // `include`: whatever NODE_ENV or the user's settings say, the build needs the development packages.
  // `engine-strict`: an older Node installs these packages, another one runs them.
  const wanted = [
    '--ignore-scripts',
    '--prefer-offline',
    '--include=dev',
    '--include=optional',
    '--engine-strict=false',
  ]
  const step = { cwd: rootDir, what: 'the packages', timeoutMs }
  try {
    await npm(['ci', ...wanted], step)
  } catch (error) {
    if (!(error instanceof LockMismatch)) throw error
    say('package.json names packages that the lock file does not know; npm adds them to it ...')
    await npm(['install', ...wanted], step)
  }
  fs.writeFileSync(packagesStamp, packagesMark())
  say(`Packages installed in ${Math.round((Date.now() - startedMs) / 1000)} s.`)
}

/**
 * npm writes down what it has installed when it is done, and only then. Where a person ran npm, that record matches the
 * lock file and nothing needs to be done again.
 */
function alreadyInstalled() {
  try {
    const wanted = readLock(inHouse('package-lock.json'))
    const found = readLock(inHouse('node_modules', '.package-lock.json'))
    return Object.entries(wanted).every(([place, entry]) => {
      if (place === '' || !isForThisPlatform(entry)) return true
      const there = found[place]
      return there ? there.version === entry.version && there.integrity === entry.integrity : entry.optional === true
    })
  } catch {
    return false
  }
}

/**
 * @typedef {object} LockEntry
 * @property {string} [version]
 * @property {string} [integrity]
 * @property {boolean} [optional]
 * @property {string[]} [os]
 * @property {string[]} [cpu]
 */

/** @param {string} file @returns {Record<string, LockEntry>} by place, such as `node_modules/zod` */
const readLock = (file) => JSON.parse(fs.readFileSync(file, 'utf8')).packages

/** @param {LockEntry} entry */
const isForThisPlatform = ({ os, cpu }) =>
  (!os || os.includes(process.platform)) && (!cpu || cpu.includes(process.arch))
