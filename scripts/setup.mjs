/**
 * What must be there before any program of Quartet runs: the packages, a Node that can run them, and the built
 * programs. The checks take some milliseconds; only when one fails is the slow part loaded.
 */
import crypto from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import process from 'node:process'
import { cacheDir, canRunPrograms, inHouse, programsDir, runtimeVersion } from './house.mjs'

/** Beside the packages, so that it vanishes with them: the lock file's hash and the platform they were installed for. */
export const packagesStamp = inHouse('node_modules', '.quartet-installed')
/** Names the Node that was taken from the registry, once it has run. */
export const runtimeStamp = path.join(cacheDir, 'runtime', 'quartet-runtime.json')
/** Two marks of everything that the built programs were made of, one per line. */
export const buildStamp = inHouse('out', '.quartet-built')

/** Everything that a build reads. Files of resources/ are opened at run time and never bundled. */
const builtFrom = {
  files: ['package.json', 'package-lock.json', 'tsconfig.json', 'electron.vite.config.ts'],
  folders: ['src-shared', 'src-main', 'src-renderer', 'test/bench'],
}

/** @param {string} file */
const readIfThere = (file) => (fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '')

export function packagesMark() {
  const lock = crypto.createHash('sha256').update(fs.readFileSync(inHouse('package-lock.json')))
  return `${lock.digest('hex')} ${process.platform}-${process.arch}`
}

/** @param {string} folder relative to the checkout @returns {string[]} every file below it, always in the same order */
function filesIn(folder) {
  const entries = fs.readdirSync(inHouse(folder), { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))
  return entries.flatMap((entry) => {
    const name = `${folder}/${entry.name}`
    return entry.isDirectory() ? filesIn(name) : [name]
  })
}

/** @param {(file: string) => string} look what of a file counts */
function markOf(look) {
  const hash = crypto.createHash('sha256')
  const folders = builtFrom.folders.filter((folder) => fs.existsSync(inHouse(folder)))
  const files = builtFrom.files.filter((file) => fs.existsSync(inHouse(file)))
  for (const name of [...files, ...folders.flatMap(filesIn)]) hash.update(`${name}\n`).update(look(inHouse(name)))
  return hash.digest('hex')
}

/** Two marks of what a build reads: `contents` decides; `times` (and sizes) spares reading it all again. */
export const buildMarks = {
  contents: () => markOf(readIfThere),
  times: () =>
    markOf((file) => {
      const found = fs.statSync(file, { throwIfNoEntry: false })
      return `${found?.size} ${found?.mtimeMs}\n`
    }),
}

/**
 * The marks are those from before the build began: a file that was saved meanwhile is built again.
 *
 * @param {string} contents
 * @param {string} times
 */
export function noteBuild(contents, times) {
  fs.writeFileSync(buildStamp, `${contents}\n${times}`)
}

/** @returns {string | null} the Node that runs the programs; null: it has yet to be fetched */
export function findRuntime() {
  if (canRunPrograms()) return process.execPath
  try {
    const stamp = JSON.parse(fs.readFileSync(runtimeStamp, 'utf8'))
    return stamp.asked === runtimeVersion && fs.existsSync(stamp.node) ? stamp.node : null
  } catch {
    return null
  }
}

export const packagesAreReady = () => readIfThere(packagesStamp) === packagesMark()

export function programsAreBuilt() {
  const [contents, times] = readIfThere(buildStamp).split('\n')
  if (!contents || !fs.existsSync(path.join(programsDir, 'cli.js'))) return false
  const timesNow = buildMarks.times()
  if (times === timesNow) return true
  if (contents !== buildMarks.contents()) return false
  noteBuild(contents, timesNow)
  return true
}

/**
 * Makes sure that everything is there. Says what it does on stderr, and nothing when there is nothing to do.
 *
 * @returns {Promise<{ node: string, env: NodeJS.ProcessEnv }>} the Node for the programs and their environment
 */
export async function prepare() {
  let node = packagesAreReady() && programsAreBuilt() ? findRuntime() : null
  if (!node) {
    const { install } = await import('./install.mjs')
    node = await install()
  }
  return { node, env: programEnvironment(node) }
}

/**
 * The programs find their Node in QUARTET_NODE (Electron has none of its own to fork the engine with), and tools that
 * they start find it first on the PATH. Compiled code is kept between starts, which makes a start faster.
 *
 * @param {string} node
 */
function programEnvironment(node) {
  const pathName = Object.keys(process.env).find((name) => name.toUpperCase() === 'PATH') ?? 'PATH'
  return {
    ...process.env,
    QUARTET_NODE: node,
    NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? path.join(cacheDir, 'compiled'),
    [pathName]: [path.dirname(node), process.env[pathName]].filter(Boolean).join(path.delimiter),
  }
}
