import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { DesktopApp } from './electron-stand-in/desktop-app'
import { launchDesktop } from './electron-stand-in/launch-desktop'
import { temporaryFolder } from './temporary-folder'

const root = fileURLToPath(new URL('../../', import.meta.url))
const built = (path: string): string => join(root, 'out', path)

/** Sources that make up the shell's two bundles, as far as a stale build of them would fool a test. */
const SHELL_SOURCES = ['src-main/main.ts', 'src-main/shell', 'src-main/preload', 'src-shared/contract/engine-frames.ts']

/** A page that does nothing but remember what the bridge tells it, for tests about the shell alone. */
const PLAIN_PAGE = `<!doctype html>
<html lang="en">
  <head><meta charset="utf-8" /><title>plain page</title><script src="./page.js"></script></head>
  <body><p>plain page</p></body>
</html>
`
const PLAIN_PAGE_SCRIPT = `globalThis.states = []
globalThis.texts = []
globalThis.quartet.onEngineState((state) => globalThis.states.push(state))
globalThis.quartet.onText((text) => globalThis.texts.push(text))
`

export interface ShellStage {
  /** The desk's data folder. */
  readonly home: string
  readonly rendererFolder: string
  launch(env?: Readonly<Record<string, string>>): Promise<DesktopApp>
  /** The lines that the scripted engines of this stage wrote, in order. */
  engineLog(): readonly string[]
  /** Process ids of all engines that this stage has seen. */
  enginePids(): readonly number[]
  remove(): void
}

export interface StageOptions {
  /** `scripted` speaks the frames with canned answers; `built` is the product's own. */
  readonly engine: 'scripted' | 'built'
  readonly page: 'plain' | 'built'
}

/** Lays the built shell out as a build would, with the engine and the page that a test wants beside it. */
export function stageShell({ engine, page }: StageOptions): ShellStage {
  mustBeFresh()
  const stage = temporaryFolder('shell-stage', join(root, '.cache'))
  const home = temporaryFolder('home')
  const rendererFolder = join(stage, 'renderer')

  if (engine === 'built') cpSync(built('main'), join(stage, 'main'), { recursive: true })
  else {
    mkdirs(join(stage, 'main'))
    cpSync(built('main/main.js'), join(stage, 'main/main.js'))
    if (existsSync(built('main/chunks'))) cpSync(built('main/chunks'), join(stage, 'main/chunks'), { recursive: true })
    const program = pathToFileURL(join(root, 'test/helpers/scripted-engine.ts')).href
    writeFileSync(join(stage, 'main/engine.js'), `import ${JSON.stringify(program)}\n`)
  }
  cpSync(built('preload'), join(stage, 'preload'), { recursive: true })
  if (page === 'built') cpSync(built('renderer'), rendererFolder, { recursive: true })
  else {
    mkdirs(rendererFolder)
    writeFileSync(join(rendererFolder, 'index.html'), PLAIN_PAGE)
    writeFileSync(join(rendererFolder, 'page.js'), PLAIN_PAGE_SCRIPT)
  }

  const engineLog = (): readonly string[] =>
    existsSync(join(home, 'engine.log')) ? readFileSync(join(home, 'engine.log'), 'utf8').trimEnd().split('\n') : []
  return {
    home,
    rendererFolder,
    launch: (env = {}) =>
      launchDesktop({ mainProgram: join(stage, 'main/main.js'), env: { ...ownEnvironment(home), ...env } }),
    engineLog,
    enginePids: () => engineLog().flatMap((line) => (line.startsWith('pid ') ? [Number(line.slice(4))] : [])),
    remove() {
      rmSync(stage, { recursive: true, force: true })
    },
  }
}

/** Nothing of the developer's own settings reaches the app, except what a real desktop needs to show a window. */
function ownEnvironment(home: string): Record<string, string> {
  const env: Record<string, string> = { HOME: home, QUARTET_HOME: home, QUARTET_NODE: process.execPath }
  for (const name of ['PATH', 'DISPLAY', 'WAYLAND_DISPLAY', 'XAUTHORITY', 'XDG_RUNTIME_DIR', 'TMPDIR']) {
    const value = process.env[name]
    if (value !== undefined) env[name] = value
  }
  return env
}

function mustBeFresh(): void {
  const advice = 'Build it first: "npm test" does, or "npx electron-vite build".'
  for (const bundle of [built('main/main.js'), built('preload/preload.cjs')]) {
    if (!existsSync(bundle)) throw new Error(`The built shell is missing (${bundle}). ${advice}`)
  }
  const builtMs = statSync(built('main/main.js')).mtimeMs
  const changed = SHELL_SOURCES.flatMap((path) => filesUnder(join(root, path))).find(
    (file) => statSync(file).mtimeMs > builtMs,
  )
  if (changed !== undefined) throw new Error(`The built shell is older than ${changed}. ${advice}`)
}

function filesUnder(path: string): string[] {
  if (statSync(path).isFile()) return [path]
  return readdirSync(path).flatMap((name) => filesUnder(join(path, name)))
}

function mkdirs(path: string): string {
  mkdirSync(path, { recursive: true })
  return path
}
