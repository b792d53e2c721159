/** The browser that the browser tests drive: the system's, or one that is installed here. */
import fs from 'node:fs'
import path from 'node:path'
import process from 'node:process'
import { run } from './children.mjs'
import { cacheDir, inHouse, say } from './house.mjs'

const installTimeoutMs = 10 * 60_000
/** Playwright's own download is kept with the checkout's other fetched parts. */
const downloadsDir = path.join(cacheDir, 'chromium')

const onPath = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome']
const elsewhere = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Google\\Chrome\\Application\\chrome.exe',
]

export const chromiumAdvice =
  'Install Chromium (Debian: apt-get install chromium; elsewhere: npx playwright-core install chromium) or name one in QUARTET_CHROMIUM.'

/** @returns {string | null} the path of a Chromium's program */
export function findChromium() {
  const named = process.env.QUARTET_CHROMIUM
  if (named) return fs.existsSync(named) ? named : null
  const folders = (process.env.PATH ?? '').split(path.delimiter)
  const candidates = [...folders.flatMap((folder) => onPath.map((name) => path.join(folder, name))), ...elsewhere]
  return candidates.find((file) => fs.existsSync(file)) ?? findDownloaded(downloadsDir)
}

/** @param {string} dir @returns {string | null} */
function findDownloaded(dir) {
  if (!fs.existsSync(dir)) return null
  const programs = ['chrome', 'chrome.exe', 'Google Chrome for Testing', 'Chromium']
  // Names alone: with file types, an entry tells its folder only from Node 20.12 on.
  const found = fs.readdirSync(dir, { recursive: true, encoding: 'utf8' }).find((name) => {
    return programs.includes(path.basename(name)) && fs.statSync(path.join(dir, name)).isFile()
  })
  return found ? path.join(dir, found) : null
}

/**
 * Finds a Chromium or installs one.
 *
 * @param {string} node
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<string | null>} null: there is none; what to do was said
 */
export async function ensureChromium(node, env) {
  const found = findChromium()
  if (found) return found
  say('The browser tests need Chromium. Installing it ...')
  const said = isDebian() && process.getuid?.() === 0 ? await installWithApt(env) : await download(node, env)
  const installed = findChromium()
  if (!installed) say(`No Chromium could be installed${said ? ` (${said})` : ''}. ${chromiumAdvice}`)
  return installed
}

function isDebian() {
  const release = '/etc/os-release'
  return fs.existsSync(release) && /^ID="?debian"?$/m.test(fs.readFileSync(release, 'utf8'))
}

/** @param {NodeJS.ProcessEnv} env */
async function installWithApt(env) {
  const quiet = { env: { ...env, DEBIAN_FRONTEND: 'noninteractive' }, output: /** @type {const} */ ('capture') }
  const limit = { timeoutMs: installTimeoutMs }
  await run('apt-get', ['update', '-q'], { ...quiet, ...limit })
  const install = ['install', '-y', '-q', '--no-install-recommends', 'chromium']
  return lastLine(await run('apt-get', install, { ...quiet, ...limit }))
}

/** @param {string} node @param {NodeJS.ProcessEnv} env */
async function download(node, env) {
  return lastLine(
    await run(node, [inHouse('node_modules', 'playwright-core', 'cli.js'), 'install', 'chromium'], {
      env: { ...env, PLAYWRIGHT_BROWSERS_PATH: downloadsDir },
      output: 'capture',
      timeoutMs: installTimeoutMs,
    }),
  )
}

/** @param {import('./children.mjs').Ending} ending */
function lastLine({ output, timedOut }) {
  return timedOut ? 'it took too long' : (output.trim().split('\n').at(-1) ?? '')
}
