import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'

/** Process ids below a process, at any depth (Linux: /proc); processes that have ended but were not reaped are left out. */
export function descendants(pid: number): number[] {
  const children = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      const status = processStatus(Number(name))
      return status !== null && status.parent === pid && status.state !== 'Z' ? [Number(name)] : []
    })
  return children.flatMap((child) => [child, ...descendants(child)])
}

/** The inference processes among them, also one that has not given itself its title yet. */
export function inferenceProcesses(pid: number): number[] {
  return descendants(pid).filter((child) => /inference|\/main\.js/.test(commandLine(child)))
}

export function isAlive(pid: number): boolean {
  const status = processStatus(pid)
  return status !== null && status.state !== 'Z'
}

/** Waits until the statement holds, looking now and then; the test fails when it never does. */
export async function until<Value>(what: string, look: () => Value | null | undefined | false): Promise<Value> {
  const patienceMs = 180_000
  const pauseMs = 10
  for (let waitedMs = 0; waitedMs < patienceMs; waitedMs += pauseMs) {
    const seen = look()
    if (seen !== null && seen !== undefined && seen !== false) return seen
    await wait(pauseMs)
  }
  throw new Error(`Waited in vain until ${what}`)
}

function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    return ''
  }
}

function processStatus(pid: number): { state: string; parent: number } | null {
  try {
    // The command name stands in parentheses and may hold anything; what follows the last one is regular.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return state === undefined || parent === undefined ? null : { state, parent: Number(parent) }
  } catch {
    return null
  }
}
