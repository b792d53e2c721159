import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Outcome } from '@shared/contract/outcome'
import { settingsSchema } from '@shared/contract/settings'
import { expect, test, vi } from 'vitest'
import { continuedPolicy, loadUserPolicy } from '../../src-main/engine/analysis/backtest/user-policy'
import { openEngine } from '../../src-main/engine/engine'
import { createLog } from '../../src-main/engine/log'
import { systemClock } from '../../src-main/engine/market/clock'
import { findPlaces } from '../../src-main/engine/places'
import { programsDir } from '../helpers/quartet'
import { temporaryFolder } from '../helpers/temporary-folder'

// The missing model is meant to be missing.
vi.stubEnv('QUARTET_LOG', 'silent')

const settings = settingsSchema.parse({ risk: { minConfidence: 0.5 } })
const fromMs = Date.UTC(2021, 4, 19)
const hourMs = 3_600_000
const hours = 48
const hardHour = fromMs + 30 * hourMs

/** Counts what it is asked, and the first time that it is asked about the hard hour it never answers. */
const counting = `
import { existsSync, writeFileSync } from 'node:fs'
const tried = new URL('./tried', import.meta.url)
let asked = 0
export function decide({ candleOpenMs }) {
  asked += 1
  if (candleOpenMs === ${hardHour} && !existsSync(tried)) {
    writeFileSync(tried, '')
    for (;;) {}
  }
  const action = asked % 4 === 0 ? 'buy' : asked % 6 === 0 ? 'sell' : 'hold'
  return { action, confidence: 0.9, rationale: 'asked ' + asked }
}`

function expected<Value>(outcome: Outcome<Value>): Value {
  if (!outcome.ok) throw new Error(outcome.problem.message)
  return outcome.value
}

/** Runs the module in this data folder until it ends, or goes on where it stopped; answers as a command would. */
async function runOnce(home: string, module: string) {
  const found = findPlaces(programsDir, { QUARTET_HOME: home }, process.platform)
  const places = { ...found, starterPath: join(home, 'no-starter.gguf') }
  const answerWithinMs = 2_000
  const policy = expected(
    await loadUserPolicy(module, { settings, program: places.policyWorkerProgram, answerWithinMs }),
  )
  const engine = expected(
    await openEngine({
      ...{ places, settings, clock: systemClock, log: createLog(process.env) },
      decider(history) {
        const decide = continuedPolicy(policy, history)
        return ({ context }) => decide(context)
      },
    }),
  )
  try {
    const { desk } = expected(
      await engine.startRun({
        ...{ venue: 'replay', symbols: ['BTC/USDT'], timeframe: '1h', modelPreference: null, speed: 'max' },
        ...{ fromMs, toMs: fromMs + hours * hourMs, candlesDir: places.sampleDataDir, policy: policy.name },
      }),
    )
    const ended = await desk.run(new AbortController().signal)
    return { ended, decisions: desk.status().decisions, head: engine.chainHead() }
  } finally {
    await engine.close()
    await policy.close()
  }
}

test('a module that is cut off ends the run before that candle; continued, the journal is that of a run without it', async () => {
  const folder = temporaryFolder('cut-off')
  const module = join(folder, 'counting.mjs')
  writeFileSync(module, counting)
  const [once, twice] = [join(folder, 'once'), join(folder, 'twice')]

  const cutOff = await runOnce(twice, module)
  expect(cutOff.ended).toMatchObject({ ok: false, problem: { code: 'policy_cut_off' } })
  expect(cutOff.decisions).toBe(30)
  const goneOn = await runOnce(twice, module)
  expect(goneOn).toMatchObject({ ended: { ok: true, value: 'finished' }, decisions: hours })

  const whole = await runOnce(once, module)
  expect(whole).toMatchObject({ ended: { ok: true, value: 'finished' }, decisions: hours })
  expect(goneOn.head).toEqual(whole.head)
})
