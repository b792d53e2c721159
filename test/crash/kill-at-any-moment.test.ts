import type { ChildProcess } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { openLedgerReader } from '../../src-main/engine/journal/ledger-reader'
import { dataFolder, quartet, startQuartet } from '../helpers/quartet'

/** The run that is killed again and again: three weeks around the fall of May 2021. */
const run = [
  'run',
  '--symbols',
  'BTC/USDT,ETH/USDT',
  '--from',
  '2021-05-03',
  '--to',
  '2021-05-24',
  '--print-decisions',
  '--json',
]
const kills = 50
/** Enough for the whole run on a machine that is busy with other tests. */
const wholeRunMs = 240_000

const summarySchema = z.object({
  finished: z.boolean(),
  decisions: z.int(),
  orders: z.int(),
  fills: z.int(),
  equityEnd: z.string(),
  journal: z.object({ events: z.int(), head: z.string() }),
})

const folders = [dataFolder(), dataFolder()]
afterAll(() => {
  for (const folder of folders) folder.remove()
})
const [whole, killed] = folders.map((folder) => folder.home)

beforeAll(() => {
  // Without a rationale more decisions, and so more commits to be hit, fit between two kills.
  for (const { home } of folders) writeFileSync(join(home, 'settings.json'), '{"inference":{"rationale":"off"}}')
})

test(`${kills} SIGKILLs at random moments lose no acknowledged decision, apply no order twice and change no hash`, async () => {
  if (whole === undefined || killed === undefined) throw new Error('Two data folders are needed')
  const uninterrupted = await quartet(run, { home: whole, timeoutMs: wholeRunMs })
  const expected = summarySchema.parse(JSON.parse(uninterrupted.stdout))
  expect(expected.fills).toBeGreaterThan(0)

  const random = seededRandom(20210519)
  const acknowledged = new Set<string>()
  let killedRuns = 0
  while (killedRuns < kills) {
    const started = startQuartet(run, { home: killed, timeoutMs: wholeRunMs })
    // Most kills hit the desk between and during commits; some hit the start: lock, migration, refold, model load.
    const moment = random() < 0.75 ? 'decisions' : 'start'
    if (moment === 'decisions') {
      await acknowledgements(started.stderr, started.child, 1 + Math.floor(random() * 12))
      await sleep(random() * 25)
    } else {
      await sleep(random() * 700)
    }
    const ended = started.child.exitCode !== null
    started.child.kill('SIGKILL')
    const { stderr, stdout } = await started.ended
    expect(ended, `the run ended before it was killed: ${stdout} ${stderr}`).toBe(false)
    killedRuns += 1
    for (const id of acknowledgedIds(stderr)) acknowledged.add(id)
  }

  const finished = await quartet(run, { home: killed, timeoutMs: wholeRunMs })
  expect(finished.code, finished.stderr).toBe(0)
  for (const id of acknowledgedIds(finished.stderr)) {
    expect(acknowledged.has(id), 'a decision was made twice').toBe(false)
    acknowledged.add(id)
  }
  const summary = summarySchema.parse(JSON.parse(finished.stdout))
  expect(summary).toEqual(expected)

  const opened = openLedgerReader(killed)
  if (!opened.ok) throw new Error(opened.problem.message)
  try {
    expect(opened.value.verify()).toEqual({ ok: true, ...expected.journal })
    for (const id of acknowledged) expect(opened.value.decision(id)?.decision.decisionId).toBe(id)
  } finally {
    opened.value.close()
  }
}, 900_000)

async function acknowledgements(stderr: () => string, child: ChildProcess, wanted: number): Promise<void> {
  while (child.exitCode === null && acknowledgedIds(stderr()).length < wanted) await sleep(5)
}

/** The ids at the ends of complete decision lines. */
function acknowledgedIds(stderr: string): string[] {
  return [...stderr.matchAll(/\[([0-9a-f-]{36})\]\n/g)].map((match) => match[1] ?? '')
}

/** A small seeded generator (mulberry32), so that a failure can be repeated. */
function seededRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
