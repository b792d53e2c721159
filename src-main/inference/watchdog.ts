import { setTimeout as wait } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'

/** Laying out a few messages takes milliseconds; a template that is still at it by then will never end. */
const patienceMs = 10_000

/**
 * Runs work that a file from outside could keep busy for ever: a chat template is a program. It cannot be interrupted
 * on the thread that it blocks, so another thread ends the process, with a reason for whoever started it.
 */
export async function watched<Value>(what: string, work: () => Value): Promise<Value> {
  const guard = new Worker(guardProgram, { eval: true, workerData: { what, patienceMs, pid: process.pid } })
  try {
    await new Promise((resolve) => guard.once('online', resolve))
    return work()
  } finally {
    await Promise.race([guard.terminate(), wait(patienceMs, undefined, { ref: false })])
  }
}

const guardProgram = `
const { workerData } = require('node:worker_threads')
const { writeSync } = require('node:fs')
setTimeout(() => {
  writeSync(2, workerData.what + ' did not end within ' + workerData.patienceMs + ' ms\\n')
  process.kill(workerData.pid, 'SIGKILL')
}, workerData.patienceMs)
`
