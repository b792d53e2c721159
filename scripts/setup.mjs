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
/** The hash of everything that the built programs were made of. */
export const buildStamp = inHouse('out', '.quartet-built')

/** Everything that a build reads. Files of resources/ are opened at run time and never bundled. */
const builtFrom = [
  'src-shared',
  'src-main',
  'src-renderer',
  'test/bench',
  'package.json',
  'package-lock.json',
  'tsconfig.json',
  'electron.vite.config.ts',
]

/** @param {string} file */
const readIfThere = (file) => (fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '')

export function packagesMark() {
  const lock = crypto.createHash('sha256').update(fs.readFileSync(inHouse('package-lock.json')))
  return `${lock.digest('hex')} ${process.platform}-${process.arch}`
}

/** @param {crypto.Hash} hash @param {string} name relative to the checkout */
function addToHash(hash, name) {
  const file = inHouse(name)
  const found = fs.statSync(file, { throwIfNoEntry: false })
  if (!found) return
  if (found.isDirectory()) {
    for (const entry of fs.readdirSync(file).sort()) addToHash(hash, `${name}/${entry}`)
  } else hash.update(`${name}\n${found.size}\n`).update(fs.readFileSync(file))
}

export function buildMark() {
  const hash = crypto.createHash('sha256')
  for (const name of builtFrom) addToHash(hash, name)
  return hash.digest('hex')
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

export const programsAreBuilt = () =>
  fs.existsSync(path.join(programsDir, 'cli.js')) && readIfThere(buildStamp) === buildMark()

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
