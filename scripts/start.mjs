/**
 * `npm start`: sets everything up and opens the desk: the desktop app where Electron can run, otherwise the same app in
 * the browser, otherwise its address and the decisions as they happen.
 *
 * --desktop  try once more to fetch Electron    --browser  do not use Electron    --no-open  open nothing
 * Every other word goes to `quartet serve`.
 */
import { spawn } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import process from 'node:process'
import { run } from './children.mjs'
import { ensureElectron, hasDisplay } from './electron.mjs'
import { programsDir, rootDir, runScript, say } from './house.mjs'
import { prepare } from './setup.mjs'

/** What `quartet serve` prints when the page can be opened; nothing but this machine is ever opened. */
const readyLine = /^Quartet is open at (http:\/\/(?:127\.0\.0\.1|\[::1\]):\d+\/\S*)$/
/** Electron that ends sooner than this with an error could not start at all (no usable sandbox, a missing library). */
const failedStartMs = 10_000

const ownFlags = ['--desktop', '--browser', '--no-open']

await runScript(async () => {
  const words = process.argv.slice(2)
  const { node, env } = await prepare()
  const display = hasDisplay(env) && !words.includes('--no-open')
  let reason = 'there is no display'
  if (words.includes('--no-open')) reason = '--no-open was given'
  else if (words.includes('--browser')) reason = '--browser was given'
  else if (display) {
    const electron = await ensureElectron(node, env, { again: words.includes('--desktop') })
    if (electron.path !== null) {
      const startedMs = Date.now()
      const { code } = await run(electron.path, [rootDir], { env: desktopEnvironment(env), isTheProgram: true })
      if (code === 0 || code === 130 || code === 143 || Date.now() - startedMs > failedStartMs) return code
      reason = `Electron could not start here (code ${code})`
    } else reason = electron.reason
  }
  const opener = display ? findOpener(env) : null
  say(`Quartet opens ${opener ? 'in the browser' : 'without a window'}: ${reason}.`)
  const serve = ['serve', ...words.filter((word) => !ownFlags.includes(word))]
  if (!opener && !serve.includes('--print-decisions')) serve.push('--print-decisions')
  let isOpened = false
  const { code } = await run(node, [path.join(programsDir, 'cli.js'), ...serve], {
    env,
    isTheProgram: true,
    onLine: (line) => {
      const address = readyLine.exec(line)?.[1]
      if (address && opener && !isOpened) open(opener, address)
      isOpened ||= address !== undefined
    },
  })
  return code
})

/** @param {NodeJS.ProcessEnv} env */
function desktopEnvironment(env) {
  const { ELECTRON_RUN_AS_NODE: _, ...rest } = env
  return rest
}

/** @param {NodeJS.ProcessEnv} env @returns {[string, ...string[]] | null} */
function findOpener(env) {
  if (process.platform === 'win32') return ['rundll32', 'url.dll,FileProtocolHandler']
  if (process.platform === 'darwin') return ['open']
  const folders = (env.PATH ?? '').split(path.delimiter)
  return folders.some((folder) => fs.existsSync(path.join(folder, 'xdg-open'))) ? ['xdg-open'] : null
}

/** @param {[string, ...string[]]} opener @param {string} address */
function open([command, ...args], address) {
  const child = spawn(command, [...args, address], { stdio: 'ignore', detached: true })
  child.on('error', () => say('The browser could not be opened; open the address above yourself.'))
  child.unref()
}
