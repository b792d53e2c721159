import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { rootDir } from './repository'
import { temporaryFolder } from './temporary-folder'

export const programsDir = join(rootDir, 'out', 'main')
const cliProgram = join(programsDir, 'cli.js')

/** How a command of the built command line ended. */
export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

export interface Surroundings {
  /** The data folder (QUARTET_HOME). */
  readonly home: string
  readonly env?: Readonly<Record<string, string>>
  readonly stdin?: string
  readonly timeoutMs?: number
}

const defaultTimeoutMs = 120_000

/** Runs one command of the built command line to its end, as a user would. */
export async function quartet(args: readonly string[], surroundings: Surroundings): Promise<Ended> {
  return startQuartet(args, surroundings).ended
}

export interface Started {
  readonly child: ChildProcess
  readonly ended: Promise<Ended>
  /** Everything on stderr so far. */
  stderr(): string
  stdout(): string
}

export function startQuartet(args: readonly string[], { home, env, timeoutMs }: Surroundings): Started {
  if (!existsSync(cliProgram)) throw new Error(`${cliProgram} is not built; npm test builds it first`)
  const child = spawn(process.execPath, [cliProgram, ...args], {
    env: { ...process.env, ...env, QUARTET_HOME: home },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: timeoutMs ?? defaultTimeoutMs,
    killSignal: 'SIGKILL',
  })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }))
  })
  return { child, ended, stderr: () => stderr, stdout: () => stdout }
}

/** A new, empty data folder; it goes with the test or its file, or earlier with `remove`. */
export function dataFolder(): { readonly home: string; remove(): void } {
  const home = temporaryFolder('test')
  return { home, remove: () => rmSync(home, { recursive: true, force: true }) }
}
