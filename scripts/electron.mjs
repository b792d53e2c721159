/** Electron's own program: it is not part of its npm package and is fetched once, when there is a display to use it. */
import fs from 'node:fs'
import path from 'node:path'
import process from 'node:process'
import { run } from './children.mjs'
import { cacheDir, inHouse, say } from './house.mjs'

/** About 120 MB; a network that needs longer gets the browser for now. */
const fetchTimeoutMs = 180_000
const heartbeatMs = 10_000
const dayMs = 24 * 60 * 60_000
const failureFile = path.join(cacheDir, 'electron-failure.json')
const packageDir = inHouse('node_modules', 'electron')

/** @typedef {{ path: string } | { path: null, reason: string }} Found */

/** @param {NodeJS.ProcessEnv} env */
export function hasDisplay(env) {
  if (process.platform === 'win32' || process.platform === 'darwin') return true
  return Boolean(env.DISPLAY || env.WAYLAND_DISPLAY)
}

/**
 * @param {string} node
 * @param {NodeJS.ProcessEnv} env
 * @param {{ again: boolean }} options again: try to fetch although it failed within the last day
 * @returns {Promise<Found>}
 */
export async function ensureElectron(node, env, { again }) {
  if (process.platform === 'linux' && process.getuid?.() === 0)
    return { path: null, reason: 'Electron does not start as root without giving up its sandbox' }
  const installed = installedElectron()
  if (installed) return { path: installed }
  const failedBefore = again ? null : recentFailure()
  if (failedBefore) return { path: null, reason: `${failedBefore}; \`npm start -- --desktop\` tries again` }
  return (await fetchElectron(node, env)) ?? { path: null, reason: 'Electron could not be fetched' }
}

function electronVersion() {
  return String(JSON.parse(fs.readFileSync(path.join(packageDir, 'package.json'), 'utf8')).version)
}

/** @returns {string | null} */
function installedElectron() {
  try {
    const version = fs
      .readFileSync(path.join(packageDir, 'dist', 'version'), 'utf8')
      .trim()
      .replace(/^v/, '')
    const file = path.join(packageDir, 'dist', fs.readFileSync(path.join(packageDir, 'path.txt'), 'utf8').trim())
    return version === electronVersion() && fs.existsSync(file) ? file : null
  } catch {
    return null
  }
}

/** @returns {string | null} */
function recentFailure() {
  try {
    const failure = JSON.parse(fs.readFileSync(failureFile, 'utf8'))
    const recent = failure.version === electronVersion() && Date.now() - failure.failedAtMs < dayMs
    return recent ? String(failure.reason) : null
  } catch {
    return null
  }
}

/** @param {string} node @param {NodeJS.ProcessEnv} env @returns {Promise<Found>} */
async function fetchElectron(node, env) {
  const startedMs = Date.now()
  say(`Fetching Electron (about 120 MB, once; at most ${fetchTimeoutMs / 60_000} minutes) ...`)
  const heartbeat = setInterval(() => {
    say(`  still fetching Electron, ${Math.round((Date.now() - startedMs) / 1000)} s`)
  }, heartbeatMs)
  const ending = await run(node, [path.join(packageDir, 'install.js')], {
    env,
    output: 'capture',
    timeoutMs: fetchTimeoutMs,
  }).finally(() => clearInterval(heartbeat))
  const installed = ending.code === 0 ? installedElectron() : null
  if (installed) {
    fs.rmSync(failureFile, { force: true })
    return { path: installed }
  }
  const why = ending.timedOut ? 'it took too long' : firstCause(ending.output)
  const reason = `Electron could not be fetched (${why})`
  fs.writeFileSync(failureFile, JSON.stringify({ version: electronVersion(), failedAtMs: Date.now(), reason }))
  return { path: null, reason }
}

/** @param {string} output */
function firstCause(output) {
  if (/fetch failed/.test(output)) return 'its download server, github.com, cannot be reached'
  const code = /\b(E[A-Z_]{4,}|HTTP\w* \d{3}|\b[45]\d\d [A-Z][a-z]+)\b/.exec(output)?.[0]
  return (
    code ??
    output
      .split('\n')
      .find((line) => /error/i.test(line))
      ?.trim()
      .slice(0, 120) ??
    'no reason given'
  )
}
