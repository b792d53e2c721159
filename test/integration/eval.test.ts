import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { calibrationFileSchema } from '@shared/contract/calibration'
import { afterAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { dataFolder, type Ended, quartet } from '../helpers/quartet'
import { writeTinyGguf } from '../helpers/tiny-gguf'

const folder = dataFolder()
const { home } = folder
afterAll(() => folder.remove())

const share = z.number().min(0).max(1)

function documentOf(ended: Ended): unknown {
  expect(ended.code, ended.stderr).toBe(0)
  return JSON.parse(ended.stdout)
}

describe('eval decisions', () => {
  const horizonSchema = z.object({
    n: z.int(),
    accuracy: share,
    alwaysHold: share,
    baseRate: z.object({ accuracy: share }),
    brierSkill: z.number(),
    ece: share,
    bins: z.array(z.object({ n: z.int() })).length(10),
    bySymbol: z.array(z.object({ symbol: z.string(), n: z.int() })),
  })
  const evaluationSchema = z.object({
    asked: z.int(),
    unanswered: z.int(),
    models: z.array(z.object({ servedBy: z.string(), modelHash: z.string(), answered: z.int() })),
    horizons: z.object({ '1h': horizonSchema, '4h': horizonSchema, '24h': horizonSchema }),
    rerunAgreement: z.object({ n: z.int(), share, largestDifference: z.number() }),
    orderBias: z.null(),
    calibration: z.object({ file: z.string().nullable(), fits: z.array(z.object({ note: z.string() })) }).nullable(),
  })

  test('asks the starter about the recorded years, draws what it finds and keeps the maps', async () => {
    const svg = join(home, 'decisions.svg')
    const args = ['eval', 'decisions', '--symbols', 'BTC/USDT,ETH/USDT', '--samples', '800', '--fit-calibration']
    const told = evaluationSchema.parse(documentOf(await quartet([...args, '--svg', svg, '--json'], { home })))
    expect(told).toMatchObject({ asked: 800, unanswered: 0, models: [{ servedBy: 'starter', answered: 800 }] })
    expect(told.rerunAgreement).toEqual({ n: 80, share: 1, largestDifference: 0 })
    expect(told.horizons['4h'].bySymbol.map(({ symbol }) => symbol)).toEqual(['BTC/USDT', 'ETH/USDT'])
    expect(told.horizons['4h'].bins.reduce((sum, { n }) => sum + n, 0)).toBe(told.horizons['4h'].n)
    expect(readFileSync(svg, 'utf8')).toMatch(/^<svg [\s\S]*<\/svg>\n$/)
    const { maps } = calibrationFileSchema.parse(JSON.parse(readFileSync(join(home, 'calibration.json'), 'utf8')))
    expect(maps.map(({ modelHash, horizon }) => ({ modelHash, horizon }))).toEqual([
      { modelHash: told.models[0]?.modelHash, horizon: '4h' },
    ])
    // The desk was asked, not run: there is no journal.
    expect(existsSync(join(home, 'ledger.db'))).toBe(false)
  })

  test('judges minutes as well as hours, and says in words what it found and what that does not mean', async () => {
    const args = ['eval', 'decisions', '--symbols', 'BTC/USDT', '--timeframe', '1m', '--samples', '50']
    const window = ['--from', '2023-03-24', '--to', '2023-03-25', '--model', 'phi3']
    const ended = await quartet([...args, ...window], { home })
    expect(ended.code, ended.stderr).toBe(0)
    expect(ended.stdout).toMatch(/answered by starter +50/)
    expect(ended.stdout).toContain('always hold')
    expect(ended.stdout).toContain('not how likely a profit is')
  })

  test('does not write over a calibration file that it cannot read, and says so before it asks', async () => {
    const broken = dataFolder()
    try {
      writeFileSync(join(broken.home, 'calibration.json'), '{')
      const args = [
        'eval',
        'decisions',
        '--symbols',
        'BTC/USDT',
        '--samples',
        '10',
        '--fit-calibration',
        '1h',
        '--json',
      ]
      const ended = await quartet(args, { home: broken.home })
      expect(ended).toMatchObject({ code: 1, stdout: '' })
      expect(ended.stderr).toMatch(/^quartet: .*\[calibration_unreadable\]\n$/)
    } finally {
      broken.remove()
    }
  })
})

describe('eval sentiment', () => {
  const file = join(home, 'headlines.csv')

  test('reads labelled headlines with the lexicon, and says that it was the lexicon', async () => {
    writeFileSync(
      file,
      'text,label\n"Good profit, great year",positive\nA bad loss,negative\nThe board meets,neutral\n',
    )
    const svg = join(home, 'sentiment.svg')
    const args = ['eval', 'sentiment', '--data', file, '--svg', svg]
    expect(documentOf(await quartet([...args, '--json'], { home }))).toMatchObject({
      scorer: 'lexicon',
      n: 3,
      weightedF1: 1,
      perClass: { positive: { f1: 1, support: 1 } },
      confusion: { negative: { negative: 1, neutral: 0, positive: 0 } },
      brier: expect.any(Number),
      ece: expect.any(Number),
    })
    expect(readFileSync(svg, 'utf8')).toContain('lexicon')
    expect((await quartet(args, { home })).stdout).toContain('not a model')
  })

  test('names the line of a bad row', async () => {
    writeFileSync(file, 'text,label\nfine,neutral\nnot fine,bullish\n')
    const ended = await quartet(['eval', 'sentiment', '--data', file, '--json'], { home })
    expect(ended).toMatchObject({ code: 1, stdout: '' })
    expect(ended.stderr).toMatch(/line 3.*\[headline_file_broken\]/)
  })

  test('reads them with the model of a seat, real though deaf to sense, and calls it by the seat', async () => {
    const own = dataFolder()
    try {
      const model = writeTinyGguf(join(own.home, 'tiny.gguf'))
      const settings = { inference: { modelFiles: { qwen: model }, gpu: 'off', threads: 1 } }
      writeFileSync(join(own.home, 'settings.json'), JSON.stringify(settings))
      const headlines = join(own.home, 'headlines.csv')
      writeFileSync(headlines, 'text,label\nProfit rose,positive\nThe board meets,neutral\n')
      const ended = await quartet(['eval', 'sentiment', '--data', headlines, '--scorer', 'qwen', '--json'], own)
      expect(documentOf(ended)).toMatchObject({ scorer: 'qwen', n: 2, brier: expect.any(Number) })
    } finally {
      own.remove()
    }
  })

  test('says clearly that a seat has no model of its own', async () => {
    writeFileSync(file, 'text,label\nfine,neutral\n')
    const ended = await quartet(['eval', 'sentiment', '--data', file, '--scorer', 'fingpt'], { home })
    expect(ended.code).toBe(1)
    expect(ended.stderr).toMatch(/^quartet: No model is installed for fingpt\..*\[not_installed\]\n$/)
  })
})

test.each([
  ['no pair', ['decisions']],
  ['no file', ['sentiment']],
  ['an unknown scorer', ['sentiment', '--data', 'x.csv', '--scorer', 'oracle']],
  ['an unknown horizon', ['decisions', '--symbols', 'BTC/USDT', '--fit-calibration', '2h']],
  ['no number of samples', ['decisions', '--symbols', 'BTC/USDT', '--samples', 'some']],
  ['too many questions at once', ['decisions', '--symbols', 'BTC/USDT', '--at-once', '100']],
  ['no question at all', []],
])('eval with %s is wrong usage', async (_, words) => {
  expect((await quartet(['eval', ...words], { home })).code).toBe(2)
})
