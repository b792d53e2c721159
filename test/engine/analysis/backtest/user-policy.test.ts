import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { MarketContext } from '@shared/contract/context'
import { settingsSchema } from '@shared/contract/settings'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import {
  continuedPolicy,
  loadUserPolicy,
  type UserPolicy,
} from '../../../../src-main/engine/analysis/backtest/user-policy'
import { contextsOfKernel } from '../../../../src-main/engine/analysis/lookahead'
import type { GatewayAnswer } from '../../../../src-main/engine/gateway/answer'
import { type BuiltProgram, buildProgram } from '../../../helpers/built-program'
import { recordedCandles } from '../../../helpers/recorded-candles'
import { recordedRun } from '../../../helpers/recorded-run'
import { temporaryFolder } from '../../../helpers/temporary-folder'

const dir = temporaryFolder('policy')
const settings = settingsSchema.parse({})
const open: UserPolicy[] = []
let program: BuiltProgram
beforeAll(async () => {
  program = await buildProgram('src-main/engine/analysis/backtest/policy-worker.ts')
})
afterEach(async () => {
  for (const policy of open.splice(0)) await policy.close()
})
afterAll(() => {
  program.remove()
})

const candles = recordedCandles('BTCUSDT', Date.UTC(2021, 4, 1), 3)
const contexts = contextsOfKernel({ symbol: 'BTC/USDT', timeframe: '1h' })(candles, [0, 1, 2])

function contextAt(place: number): MarketContext {
  const context = contexts[place]
  if (context === undefined) throw new Error(`There is no candle ${place}`)
  return context
}

/** A limit that ends what hangs; everything else answers long before. */
const answerWithinMs = 3_000

function write(name: string, text: string): string {
  const file = join(dir, name)
  writeFileSync(file, text)
  return file
}

async function load(name: string, text: string): Promise<UserPolicy> {
  const loaded = await loadUserPolicy(write(name, text), {
    settings,
    program: program.path,
    answerWithinMs,
    heapMb: 64,
  })
  if (!loaded.ok) throw new Error(loaded.problem.message)
  open.push(loaded.value)
  return loaded.value
}

const pick = ({ action, confidence, rationale }: GatewayAnswer) => ({ action, confidence, rationale })

async function answers(policy: UserPolicy) {
  const given = []
  for (const place of [0, 1, 2]) {
    const decided = await policy.decide(contextAt(place))
    if (!decided.ok) given.push({ code: decided.problem.code, message: decided.problem.message })
    else given.push(pick(decided.value))
  }
  return given
}

describe("a trader's own module", () => {
  test('is asked in order, remembers between its answers, and may take its time', async () => {
    const policy = await load(
      'counting.mjs',
      `let asked = 0
       export async function decide({ symbol }) {
         await new Promise((resolve) => setTimeout(resolve, 1))
         asked += 1
         return { action: ['buy', 'hold', 'sell'][asked - 1], confidence: 0.9, rationale: symbol + ' ' + asked }
       }`,
    )
    expect(await answers(policy)).toEqual([
      { action: 'buy', confidence: 0.9, rationale: 'BTC/USDT 1' },
      { action: 'hold', confidence: 0.9, rationale: 'BTC/USDT 2' },
      { action: 'sell', confidence: 0.9, rationale: 'BTC/USDT 3' },
    ])
  })

  test('may be written in TypeScript', async () => {
    const policy = await load(
      'typed.ts',
      `interface Told { readonly price: number }
       export function decide({ price }: Told): { action: 'buy' | 'hold'; confidence: number } {
         return { action: price > 0 ? 'buy' : 'hold', confidence: 0.8 as number }
       }`,
    )
    expect(await answers(policy)).toMatchObject([{ action: 'buy' }, { action: 'buy' }, { action: 'buy' }])
  })

  test.each([
    ['ends its process', 'process.exit(0)', 'it ended its thread'],
    ['throws out of reach', "setTimeout(() => { throw new Error('late') }); return new Promise(() => {})", 'late'],
    ['throws', "throw new Error('not on this one')", 'not on this one'],
    ['answers what cannot be told', 'return { action: "buy", rationale: () => 1 }', 'could not be cloned'],
    ['answers nonsense', 'return { action: "short" }', 'cannot be used'],
  ])('that %s holds with the reason, and is asked again', async (_what, deed, reason) => {
    const first = contextAt(0).candleOpenMs
    const policy = await load(
      `${reason.replaceAll(' ', '-')}-${deed.length}.mjs`,
      `export function decide({ candleOpenMs }) {
         if (candleOpenMs === ${first}) { ${deed} }
         return { action: 'buy' }
       }`,
    )
    const [failed, ...later] = await answers(policy)
    expect(failed).toMatchObject({ action: 'hold', rationale: expect.stringContaining(reason) })
    expect(later).toMatchObject([{ action: 'buy' }, { action: 'buy' }])
  })

  test.each([
    ['never returns', 'for (;;) {}', 'no answer within 3 seconds'],
    ['never answers', 'return new Promise(() => {})', 'no answer within 3 seconds'],
    ['keeps too much', 'const all = []; for (;;) all.push(new Array(1e5).fill(all.length))', 'memory limit'],
  ])('that %s is cut off without an answer, which another machine might have heard', async (what, deed, reason) => {
    const first = contextAt(0).candleOpenMs
    const policy = await load(
      `${what.replaceAll(' ', '-')}.mjs`,
      `export function decide({ candleOpenMs }) {
         if (candleOpenMs === ${first}) { ${deed} }
         return { action: 'buy' }
       }`,
    )
    const [cutOff, ...later] = await answers(policy)
    expect(cutOff).toMatchObject({ code: 'policy_cut_off', message: expect.stringContaining('2021-05-01T01:00:00') })
    expect(cutOff).toMatchObject({ message: expect.stringContaining(reason) })
    expect(later).toMatchObject([{ action: 'buy' }, { action: 'buy' }])
  })

  test('in a run that goes on remembers what it would have if the run had never stopped', async () => {
    const counting = `let asked = 0
      export function decide() { asked += 1; return { action: 'hold', rationale: 'asked ' + asked } }`
    const { events } = await recordedRun({ fromMs: contextAt(0).candleOpenMs, hours: 2 })
    const decide = continuedPolicy(await load('reminded.mjs', counting), events)
    expect(events.filter(({ type }) => type === 'decision.made')).toHaveLength(4)
    expect(await decide(contextAt(2))).toMatchObject({ ok: true, value: { rationale: 'asked 5' } })
    expect(await decide(contextAt(2))).toMatchObject({ ok: true, value: { rationale: 'asked 6' } })
  })

  test.each([
    ['exports nothing to ask', 'export const decided = 1', 'exports no function decide'],
    ['cannot be read', 'export function decide( {', 'cannot be loaded'],
    ['never finishes loading', 'for (;;) {}', 'no answer within'],
  ])('that %s is refused before the first candle', async (_what, text, reason) => {
    const file = write(`refused-${text.length}.mjs`, text)
    const refused = await loadUserPolicy(file, { settings, program: program.path, answerWithinMs })
    expect(refused).toMatchObject({ ok: false, problem: { code: 'policy_unusable' } })
    expect(!refused.ok && refused.problem.message).toContain(reason)
  })
})
