// Writes the starter model's training examples: what the product's own context builder, prompt and rule teacher say
// about recorded candles and about invented markets. One JSON array per line:
// [document, probabilities of buy, sell, hold, action, rationale, margins of buy and sell]; and, beside it, OUT.jsonl.wording.json: the texts
// that are one token each.
//
//   node resources/models/starter/make-data.mjs CANDLES OUT.jsonl COUNT SEED
//
// CANDLES holds BTCUSDT and ETHUSDT files as ../../../README.md describes them. Only candles before `trainUntil` are
// read, and no other pair: later years and SOLUSDT are for judging.
import { createWriteStream, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { once } from 'node:events'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { createServer } from 'vite'

const rootDir = fileURLToPath(new URL('../../..', import.meta.url))
const [candlesDir, outFile, countText = '400000', seedText = '1'] = process.argv.slice(2)
if (!candlesDir || !outFile) throw new Error('Usage: make-data.mjs CANDLES OUT.jsonl COUNT SEED')

const trainUntil = Date.UTC(2021, 0, 1)
/** The one-minute recordings are of 2023; their first half is for training. */
const minutesUntil = Date.UTC(2023, 3, 8)
const hourMs = 3_600_000

const vite = await createServer({
  root: rootDir,
  configFile: false,
  logLevel: 'error',
  server: { middlewareMode: true, watch: null },
  appType: 'custom',
  resolve: { alias: { '@shared': join(rootDir, 'src-shared') } },
})
const load = (path) => vite.ssrLoadModule(join(rootDir, path))
const { createContextBuilder } = await load('src-main/engine/context/context-builder.ts')
const { starterDocument, starterReasonPrompts, starterWording } = await load('src-main/engine/gateway/prompt/starter-prompt.ts')
const { figureGrids, onGrid, printFigure, teacherFigures } = await load('src-shared/rules/teacher-figures.ts')
const { judgeFigures } = await load('src-shared/rules/teacher.ts')
const { teacherRationale } = await load('src-shared/rules/teacher-rationale.ts')
const names = Object.keys(figureGrids)
const marketNames = names.filter((name) => name !== 'profit')

/** mulberry32: a small generator with a seed, so that a data set can be made again. */
function randomSource(seed) {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}
const random = randomSource(Number(seedText))
const below = (bound) => Math.floor(random() * bound)
const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())

function readCandles(name, until) {
  const path = [join(candlesDir, `${name}.csv`), join(candlesDir, `${name}.csv.gz`)].find(existsSync)
  if (path === undefined) throw new Error(`No candle file ${name} in ${candlesDir}`)
  const bytes = readFileSync(path)
  return (path.endsWith('.gz') ? gunzipSync(bytes) : bytes)
    .toString()
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.split(',').map(Number))
    .map(([openTimeMs, open, high, low, close, volume]) => ({ openTimeMs, open, high, low, close, volume }))
    .filter((candle) => candle.openTimeMs < until)
}

/** Longer candles from shorter ones, by the clock. */
function resample(candles, lengthMs) {
  const longer = []
  for (const candle of candles) {
    const openTimeMs = Math.floor(candle.openTimeMs / lengthMs) * lengthMs
    const last = longer.at(-1)
    if (last?.openTimeMs === openTimeMs) {
      last.high = Math.max(last.high, candle.high)
      last.low = Math.min(last.low, candle.low)
      last.close = candle.close
      last.volume += candle.volume
    } else longer.push({ ...candle, openTimeMs })
  }
  return longer
}

/** A market that never was: a random walk with spells of trend and of calm. */
function inventCandles(count) {
  const candles = []
  let price = 10 ** (random() * 9 - 4)
  let drift = 0
  let scale = 0.004
  for (let index = 0; index < count; index++) {
    if (random() < 0.02) drift = normal() * 0.5
    if (random() < 0.01) scale = 10 ** (-3 + random() * 1.6)
    const open = price
    const close = open * Math.exp(scale * (drift + normal()))
    const high = Math.max(open, close) * (1 + scale * random() * 0.8)
    const low = Math.min(open, close) * (1 - scale * random() * 0.8)
    candles.push({ openTimeMs: index * hourMs, open, high, low, close, volume: 10 ** (normal() * 0.4 + 2) })
    price = close
  }
  return candles
}

const noPosition = { hasPosition: false, positionPct: 0, unrealizedPct: null, positionAgeCandles: null }

function figuresAlong(candles) {
  const builder = createContextBuilder({ symbol: 'ANY/PAIR', timeframe: '1h' })
  return candles.map((candle) => {
    builder.observe(candle)
    return teacherFigures(builder.contextFor(noPosition))
  })
}

const markets = []
for (const coin of ['BTCUSDT', 'ETHUSDT']) {
  const hours = readCandles(`${coin}-1h`, trainUntil)
  const minutes = readCandles(`${coin}-1m`, minutesUntil)
  markets.push(hours, resample(hours, 2 * hourMs), resample(hours, 4 * hourMs), readCandles(`${coin}-1d`, trainUntil))
  markets.push(minutes, resample(minutes, 300_000), resample(minutes, 900_000))
}
for (let index = 0; index < 20; index++) markets.push(inventCandles(5000))
const seen = markets.flatMap(figuresAlong)
process.stderr.write(`${seen.length} contexts from ${markets.length} candle series\n`)

const uniform = (name) => {
  const { low, high } = figureGrids[name]
  return onGrid(name, low + random() * (high - low))
}

/** A context as it was, moved a little, thinned out, or made up: with any account beside it. */
function drawFigures() {
  const figures = { ...seen[below(seen.length)] }
  const kind = random()
  if (kind < 0.15) for (const name of marketNames) figures[name] = uniform(name)
  else if (kind < 0.4) {
    for (const name of marketNames) {
      if (figures[name] !== null && random() < 0.5) {
        figures[name] = onGrid(name, figures[name] + normal() * 2 * figureGrids[name].step)
      } else if (random() < 0.15) figures[name] = uniform(name)
    }
  }
  if (random() < 0.3) figures.sentiment = uniform('sentiment')
  if (random() < 0.12) {
    const share = random()
    for (const name of marketNames) if (random() < share) figures[name] = null
  }
  figures.hasPosition = random() < 0.45
  figures.profit = null
  if (figures.hasPosition && random() < 0.95) {
    figures.profit = random() < 0.7 ? onGrid('profit', normal() * 2) : uniform('profit')
  }
  return figures
}

/** Every value that a figure can take, and unknown. */
function gridValues(name) {
  const { low, high, step } = figureGrids[name]
  const count = Math.round((high - low) / step)
  return [null, ...Array.from({ length: count + 1 }, (_, index) => onGrid(name, low + index * step))]
}
const placeholders = ['rsi', 'price', 'ema200', 'macdHistogram', 'bollingerLower', 'bollingerUpper', 'sentiment']
const wording = {
  question: starterWording.fixed,
  lines: [
    ...marketNames.flatMap((name) => gridValues(name).map((value) => `${name} ${printFigure(name, value)}\n`)),
    'position none',
    ...gridValues('profit').map((value) => `position ${printFigure('profit', value)}`),
  ],
  whys: starterReasonPrompts,
  placeholders: [...placeholders, 'volatility', 'volumeRatio', 'profit'].map((name) => ` {${name}}`),
}
writeFileSync(`${outFile}.wording.json`, JSON.stringify(wording, null, 1))

const out = createWriteStream(outFile)
const actions = ['buy', 'sell', 'hold']
/** Sure cases teach little: of these shares of them, near cases are all kept. */
const keptWhenSure = { buy: 0.8, sell: 0.5, hold: 0.3 }
let written = 0
while (written < Number(countText)) {
  const figures = drawFigures()
  const { probabilities, action, buyMargin, sellMargin } = judgeFigures(figures)
  if (probabilities[action] > 0.9 && random() > keptWhenSure[action]) continue
  // Sometimes the reason for an action that came second, so that words follow the action and not only the market.
  const others = actions.filter((other) => other !== action && probabilities[other] > 0.05)
  const told = others.length > 0 && random() < 0.3 ? others[below(others.length)] : action
  const row = [
    starterDocument(figures),
    ...actions.map((one) => probabilities[one]),
    told,
    teacherRationale(figures, told),
    Number(buyMargin.toFixed(3)),
    Number(sellMargin.toFixed(3)),
  ]
  if (!out.write(`${JSON.stringify(row)}\n`)) await once(out, 'drain')
  written++
}
out.end()
await once(out, 'finish')
await vite.close()
