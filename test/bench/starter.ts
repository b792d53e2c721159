import { statSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Candle } from '@shared/contract/candle'
import type { AccountView, MarketContext } from '@shared/contract/context'
import { judge, mostProbableAction } from '@shared/rules/teacher'
import { createContextBuilder } from '../../src-main/engine/context/context-builder'
import { renderRationale } from '../../src-main/engine/gateway/prompt/rationale'
import { readCandleFile } from '../../src-main/engine/market/candle-file'
import { type CandleFileName, displayedPair, openCandleFolder } from '../../src-main/engine/market/candle-folder'
import { type ModelSession, openModelSession } from '../../src-main/inference/model-session'
import { actionProbabilities, loadOf, questionAbout } from '../helpers/model-questions'
import type { Benchmark } from './benchmark'
import { rationaleFaults } from './rationale-check'

const defaultSamples = 1000
const rationaleMaxTokens = 96
/** Contexts are drawn from here on, where every figure is known. */
const warmUpCandles = 250
const starterBackend = { servedBy: 'starter', form: 'template' } as const

/**
 * How well the starter model imitates its teacher on any folder of candles: the same action in what share of randomly
 * drawn contexts, and in what share a rationale of which every figure and comparison is true.
 */
export const starter: Benchmark = {
  name: 'starter',
  summary: 'agreement of the starter model with its teacher (--candles DIR --samples N --seed N)',
  async run(args, places) {
    const { values } = parseArgs({
      args: [...args],
      options: { candles: { type: 'string' }, samples: { type: 'string' }, seed: { type: 'string' } },
    })
    const samples = Number(values.samples ?? defaultSamples)
    if (!Number.isInteger(samples) || samples < 1) throw new Error('--samples must be a whole number above zero')
    const random = mulberry32(Number(values.seed ?? 1))
    const contexts = await drawContexts(values.candles ?? join(places.resourcesDir, 'sample-data'), samples, random)
    const path = join(places.resourcesDir, 'models', 'starter.gguf')
    const session = await openModelSession(loadOf(path))
    if (!session.ok) throw new Error(session.problem.message)
    try {
      return { ...(await judgeStarter(session.value, contexts)), sizeBytes: statSync(path).size }
    } finally {
      await session.value.dispose()
    }
  },
}

async function judgeStarter(session: ModelSession, contexts: readonly MarketContext[]) {
  let agreed = 0
  let sure = 0
  let agreedWhenSure = 0
  let probabilityDistance = 0
  let trueRationales = 0
  let ownWords = 0
  const actions = { buy: 0, sell: 0, hold: 0 }
  const texts = new Set<string>()
  const decisionMs: number[] = []
  const rationaleMs: number[] = []
  for (const context of contexts) {
    const answer = await session.ask(questionAbout(context, starterBackend, rationaleMaxTokens))
    if (!answer.ok) throw new Error(answer.problem.message)
    const probabilities = actionProbabilities(answer.value)
    const action = mostProbableAction(probabilities)
    const teacher = judge(context)
    actions[action]++
    if (action === teacher.action) agreed++
    if (teacher.probabilities[teacher.action] > 0.9) {
      sure++
      if (action === teacher.action) agreedWhenSure++
    }
    probabilityDistance += Math.abs(probabilities[action] - teacher.probabilities[action])
    const written = renderRationale(answer.value.rationale, context, action)
    const faults = rationaleFaults(written.text, context, action)
    if (faults.length === 0) trueRationales++
    else process.stderr.write(`${faults.join('; ')}: ${written.text}\n`)
    if (written.ok) ownWords++
    texts.add(answer.value.rationale)
    decisionMs.push(answer.value.decisionMs)
    rationaleMs.push(answer.value.rationaleMs)
  }
  return {
    agreement: agreed / contexts.length,
    rationaleTrue: trueRationales / contexts.length,
    samples: contexts.length,
    agreementWhenSure: sure === 0 ? null : agreedWhenSure / sure,
    meanProbabilityDistance: probabilityDistance / contexts.length,
    /** Rationales in the model's own words; the rest are the rule's, because the model's did not hold. */
    rationaleOwnWords: ownWords / contexts.length,
    differentRationales: texts.size,
    byAction: actions,
    decisionMs: middleAndTail(decisionMs),
    rationaleMs: middleAndTail(rationaleMs),
  }
}

function middleAndTail(times: readonly number[]): { p50: number | undefined; p99: number | undefined } {
  const sorted = times.toSorted((left, right) => left - right)
  const at = (share: number): number | undefined =>
    sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]
  return { p50: at(0.5), p99: at(0.99) }
}

/** As many contexts from every file, at random candles past the warm-up, each with an account drawn for it. */
async function drawContexts(dir: string, samples: number, random: () => number): Promise<MarketContext[]> {
  const folder = await openCandleFolder(dir)
  if (!folder.ok) throw new Error(folder.problem.message)
  const series = (
    await Promise.all(folder.value.files.map(async (file) => ({ file, candles: await candlesOf(file) })))
  ).filter(({ candles }) => candles.length > warmUpCandles)
  if (series.length === 0) throw new Error(`${dir} has no candle file with more than ${warmUpCandles} candles`)
  return series.flatMap(({ file, candles }, index) => {
    const share = Math.floor(((index + 1) * samples) / series.length) - Math.floor((index * samples) / series.length)
    const places = new Map<number, number>()
    for (let drawn = 0; drawn < share; drawn++) {
      const place = warmUpCandles + Math.floor(random() * (candles.length - warmUpCandles))
      places.set(place, (places.get(place) ?? 0) + 1)
    }
    return contextsAt(file, candles, places, random)
  })
}

function contextsAt(
  { pair, timeframe }: CandleFileName,
  candles: readonly Candle[],
  places: ReadonlyMap<number, number>,
  random: () => number,
): MarketContext[] {
  const builder = createContextBuilder({ symbol: displayedPair(pair), timeframe })
  return candles.flatMap((candle, index) => {
    builder.observe(candle)
    return Array.from({ length: places.get(index) ?? 0 }, () => {
      const { atr14, price } = builder.contextFor(flat)
      return builder.contextFor(drawAccount(random, (atr14 ?? 0) / price))
    })
  })
}

const flat: AccountView = { hasPosition: false, positionPct: 0, unrealizedPct: null, positionAgeCandles: null }

/** Half of the accounts hold a position, some ATR above or below its cost. */
function drawAccount(random: () => number, atrShare: number): AccountView {
  if (random() < 0.5) return flat
  return {
    hasPosition: true,
    positionPct: 0.02 * random(),
    unrealizedPct: (7 * random() - 3) * atrShare,
    positionAgeCandles: Math.floor(100 * random()),
  }
}

async function candlesOf(file: CandleFileName): Promise<Candle[]> {
  const candles: Candle[] = []
  for await (const batch of readCandleFile(file.path, file.timeframe)) {
    if (!batch.ok) throw new Error(batch.problem.message)
    for (const row of batch.value) if (row.kind === 'candle') candles.push(row.candle)
  }
  return candles
}

/** A small seeded generator, so that the same call draws the same contexts. */
function mulberry32(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
