import { EventEmitter } from 'node:events'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, watch, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { preventable } from './preventable'

/** The windows tell the application about themselves, so that it can close them when it quits. */
export interface OwnWindow {
  close(): Promise<boolean>
}

const LOCK_FILE = 'stand-in.lock'
const CALL_PREFIX = 'stand-in.call-'

class Application extends EventEmitter {
  readonly isPackaged = false
  readonly windows = new Set<OwnWindow>()
  private isReadyNow = false
  private quitting = false
  private readonly paths = new Map<string, string>()

  constructor() {
    super()
    setImmediate(() => {
      this.isReadyNow = true
      this.emit('ready')
    })
    process.on('SIGTERM', () => this.quit())
    process.on('SIGINT', () => this.quit())
  }

  isReady(): boolean {
    return this.isReadyNow
  }

  whenReady(): Promise<void> {
    return this.isReadyNow ? Promise.resolve() : new Promise((resolve) => this.once('ready', () => resolve()))
  }

  /** Electron takes some settings only before, and some only after, it is ready. */
  mustBeReady(expected: boolean, what: string): void {
    if (this.isReadyNow !== expected)
      throw new Error(`${what} must happen ${expected ? 'after' : 'before'} app is ready`)
  }

  enableSandbox(): void {
    this.mustBeReady(false, 'enableSandbox')
  }

  setPath(name: string, path: string): void {
    if (!existsSync(path)) throw new Error(`Failed to set path: ${path} does not exist`)
    this.paths.set(name, path)
  }

  getPath(name: string): string {
    const path = this.paths.get(name) ?? join(tmpdir(), 'electron-stand-in', name)
    mkdirSync(path, { recursive: true })
    return path
  }

  getVersion(): string {
    return '0.0.0'
  }

  /** One process per `userData`; the first hears of the others through files in that folder. */
  requestSingleInstanceLock(): boolean {
    const folder = this.getPath('userData')
    const lock = join(folder, LOCK_FILE)
    if (existsSync(lock) && isAlive(Number(readFileSync(lock, 'utf8')))) {
      writeFileSync(join(folder, `${CALL_PREFIX}${process.pid}`), '')
      return false
    }
    writeFileSync(lock, String(process.pid))
    const watcher = watch(folder, () => this.hearSecondInstances(folder))
    watcher.unref()
    return true
  }

  private hearSecondInstances(folder: string): void {
    for (const name of readdirSync(folder)) {
      if (!name.startsWith(CALL_PREFIX)) continue
      rmSync(join(folder, name), { force: true })
      this.emit('second-instance', {}, [], folder)
    }
  }

  quit(): void {
    void this.quitInOrder()
  }

  private async quitInOrder(): Promise<void> {
    if (!this.isReadyNow) this.exit(0)
    const beforeQuit = preventable({})
    this.emit('before-quit', beforeQuit)
    if (beforeQuit.defaultPrevented) return
    this.quitting = true
    for (const window of [...this.windows]) {
      if (!(await window.close())) {
        this.quitting = false
        return
      }
    }
    this.emit('will-quit', preventable({}))
    this.emit('quit', {}, 0)
    this.exit(0)
  }

  exit(code: number): never {
    process.exit(code)
  }

  windowClosed(window: OwnWindow): void {
    this.windows.delete(window)
    if (this.windows.size > 0 || this.quitting) return
    if (this.listenerCount('window-all-closed') === 0) this.quit()
    else this.emit('window-all-closed')
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

export const app = new Application()
