import { setTimeout as wait } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'

const mostEndingMs = 10_000

/**
 * Runs work that a file from outside could keep busy for ever: a chat template is a program. It cannot be interrupted
 * on the thread that it blocks, so another thread ends the process, with a reason for whoever started it. `patienceMs` is
 * time of the processor: on a machine with other work nothing is ended that only waits for its turn.
 */
export async function watched<Value>(what: string, patienceMs: number, work: () => Value): Promise<Value> {
  const guard = new Worker(guardProgram, { eval: true, workerData: { what, patienceMs, pid: process.pid } })
  try {
    await new Promise((resolve) => guard.once('online', resolve))
    return work()
  } finally {
    await Promise.race([guard.terminate(), wait(mostEndingMs, undefined, { ref: false })])
  }
}

const guardProgram = `
const { workerData } = require('node:worker_threads')
const { writeSync } = require('node:fs')
const before = process.cpuUsage()
setInterval(() => {
  const { user, system } = process.cpuUsage(before)
  if ((user + system) / 1000 < workerData.patienceMs) return
  writeSync(2, workerData.what + ' did not end within ' + workerData.patienceMs + ' ms of work\\n')
  process.kill(workerData.pid, 'SIGKILL')
}, 100)
`
