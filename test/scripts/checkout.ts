/**
 * A small checkout with the real scripts and stand-ins for what they start: an npm that notes how it was called and
 * "installs" in a moment, a builder that writes programs of a few lines. Everything else is real: files, processes,
 * signals, exit codes.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { temporaryFolder } from '../helpers/temporary-folder'

const scriptsDir = fileURLToPath(new URL('../../scripts', import.meta.url))

/** Notes its words in npm-calls.txt; does what npm-does.mjs of the checkout says, by default installs the stand-ins. */
const npmStandIn = `
import fs from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
const home = process.env.CHECKOUT
fs.appendFileSync(path.join(home, 'npm-calls.txt'), process.argv.slice(2).join(' ') + '\\n')
await import(pathToFileURL(path.join(home, 'npm-does.mjs')).href)
`

const npmInstalls = `
import fs from 'node:fs'
import path from 'node:path'
const place = (...parts) => path.join(process.cwd(), 'node_modules', ...parts)
if (process.argv.includes('ci')) {
  fs.rmSync(place(), { recursive: true, force: true })
  fs.cpSync(path.join(process.env.CHECKOUT, 'tools'), place(), { recursive: true })
} else {
  fs.mkdirSync(place('node', 'bin'), { recursive: true })
  fs.symlinkSync(process.execPath, place('node', 'bin', 'node'))
}
`

const builder = `
import fs from 'node:fs'
fs.appendFileSync('builds.txt', 'built\\n')
fs.mkdirSync('out/main', { recursive: true })
fs.copyFileSync('src-main/cli.mjs', 'out/main/cli.js')
`

export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface Started {
  readonly child: ChildProcess
  readonly ended: Promise<Ended>
  /** Resolves when stdout has said this; rejects when the script ends without having said it. */
  saying(text: string): Promise<void>
}

export interface Checkout extends Disposable {
  readonly dir: string
  write(name: string, text: string): void
  read(name: string): string
  /** The calls of npm so far, one line each. */
  npmCalls(): string[]
  /** How often the programs were built. */
  builds(): number
  start(script: string, words?: readonly string[], env?: Readonly<Record<string, string>>): Started
  run(script: string, words?: readonly string[], env?: Readonly<Record<string, string>>): Promise<Ended>
}

export function makeCheckout(): Checkout {
  const dir = temporaryFolder('checkout')
  const write = (name: string, text: string): void => {
    mkdirSync(dirname(join(dir, name)), { recursive: true })
    writeFileSync(join(dir, name), text)
  }
  const read = (name: string): string => (existsSync(join(dir, name)) ? readFileSync(join(dir, name), 'utf8') : '')
  const linesOf = (name: string): string[] => read(name).split('\n').filter(Boolean)

  cpSync(scriptsDir, join(dir, 'scripts'), { recursive: true })
  write('package.json', '{ "type": "module" }')
  write('package-lock.json', '{ "packages": { "": {}, "node_modules/zod": { "version": "4.0.0", "integrity": "x" } } }')
  write('npm/npm-cli.js', npmStandIn)
  write('npm/package.json', '{ "type": "module" }')
  write('npm-does.mjs', npmInstalls)
  write('tools/electron-vite/bin/electron-vite.js', builder)
  write('tools/electron-vite/package.json', '{ "type": "module" }')
  write('src-main/cli.mjs', 'console.log(JSON.stringify(process.argv.slice(2)))')

  function start(script: string, words: readonly string[] = [], env: Readonly<Record<string, string>> = {}): Started {
    const child = spawn(process.execPath, [join(dir, 'scripts', `${script}.mjs`), ...words], {
      cwd: dir,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: process.env.PATH ?? '',
        HOME: dir,
        CHECKOUT: dir,
        npm_execpath: join(dir, 'npm', 'npm-cli.js'),
        ...env,
      },
    })
    let stdout = ''
    let stderr = ''
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString('utf8')
    })
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString('utf8')
    })
    const ended = new Promise<Ended>((resolve) => child.on('close', (code) => resolve({ code, stdout, stderr })))
    const saying = (text: string): Promise<void> =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (stdout.includes(text)) resolve()
        }
        look()
        child.stdout.on('data', look)
        child.on('close', () => reject(new Error(`ended without saying "${text}": ${stdout}${stderr}`)))
      })
    return { child, ended, saying }
  }

  return {
    dir,
    write,
    read,
    npmCalls: () => linesOf('npm-calls.txt'),
    builds: () => linesOf('builds.txt').length,
    start,
    run: (script, words, env) => start(script, words, env).ended,
    [Symbol.dispose]: () => rmSync(dir, { recursive: true, force: true }),
  }
}
