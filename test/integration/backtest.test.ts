import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { dataFolder, type Ended, quartet } from '../helpers/quartet'
import { temporaryFolder } from '../helpers/temporary-folder'

const folder = dataFolder()
const { home } = folder
afterAll(() => folder.remove())

const crash = ['--symbols', 'BTC/USDT,ETH/USDT', '--timeframe', '1h', '--from', '2021-05-17', '--to', '2021-05-21']
const year = ['--symbols', 'BTC/USDT', '--timeframe', '1h', '--from', '2021-01-01', '--to', '2022-01-01']

const reportSchema = z.looseObject({
  equityStart: z.string(),
  equityEnd: z.string(),
  feesPaid: z.string(),
  trades: z.int(),
  candles: z.int(),
  runId: z.string().nullable(),
})

const headSchema = z.object({ ok: z.literal(true), events: z.int(), head: z.string() })

function documentOf(ended: Ended): unknown {
  expect(ended.code, ended.stderr).toBe(0)
  return JSON.parse(ended.stdout)
}

async function backtest(...words: readonly string[]): Promise<unknown> {
  return documentOf(await quartet(['backtest', ...words, '--json'], { home }))
}

async function journalOf(dir: string) {
  return headSchema.parse(documentOf(await quartet(['verify', '--json'], { home: dir })))
}

describe('quartet backtest', () => {
  test('of the rules says what was earned, and writes the report into its folder', async () => {
    const out = join(home, 'rules')
    const report = reportSchema.parse(await backtest(...year, '--policy', 'rules', '--out', out))
    expect(report).toMatchObject({ equityStart: '10000', candles: 8747, runId: null })
    expect(report.trades).toBeGreaterThan(50)
    expect(JSON.parse(readFileSync(join(out, 'report.json'), 'utf8'))).toEqual(report)
    expect(readFileSync(join(out, 'report.html'), 'utf8')).toContain('</html>')
  })

  test('of nobody keeps its cash, and of chance comes out the same for the same seed', async () => {
    const held = reportSchema.parse(await backtest(...year, '--policy', 'hold'))
    expect(held).toMatchObject({ equityEnd: '10000', trades: 0, feesPaid: '0' })
    const random = async (seed: string) =>
      reportSchema.parse(await backtest(...year, '--policy', 'random', '--seed', seed))
    const first = await random('3')
    expect(first.trades).toBeGreaterThan(10)
    expect(await random('3')).toEqual(first)
    expect((await random('4')).equityEnd).not.toBe(first.equityEnd)
  })

  test('of the models ends with the journal of a replay of the same days, also when every answer is already known', async () => {
    const replay = join(home, 'replay')
    documentOf(await quartet(['run', ...crash, '--json'], { home: replay }))
    const asked = await backtest(...crash, '--policy', 'models', '--out', join(home, 'asked'))
    const known = await backtest(...crash, '--policy', 'models', '--out', join(home, 'known'))
    expect(known).toEqual(asked)
    const head = await journalOf(replay)
    expect(await journalOf(join(home, 'asked', 'journal'))).toEqual(head)
    expect(await journalOf(join(home, 'known', 'journal'))).toEqual(head)
  })

  test("of a trader's own module asks it at every candle, and holds where it fails", async () => {
    const module = join(home, 'dip.mjs')
    const text = `export function decide({ rsi14, hasPosition, candleOpenMs }) {
      if (candleOpenMs % 7 === 3600000 % 7) throw new Error('not on this one')
      return { action: hasPosition ? (rsi14 > 60 ? 'sell' : 'hold') : rsi14 < 35 ? 'buy' : 'hold', confidence: 0.9 }
    }`
    writeFileSync(module, text)
    const report = reportSchema.parse(await backtest(...crash, '--policy', module, '--out', join(home, 'own')))
    expect(report).toMatchObject({ candles: 192 })
    expect(report.trades).toBeGreaterThan(0)
  })

  test('with recorded headlines decides by them, and writes the journal of a replay with the same', async () => {
    const news = join(home, 'news.jsonl')
    const story = (hour: number) => ({
      ...{ knownAtMs: Date.UTC(2021, 4, 17, hour), title: `Bitcoin story ${hour}`, assets: ['BTC', 'ETH'] },
      ...{ scorer: 'lexicon', score: hour % 36 < 18 ? 0.95 : -0.95 },
    })
    const lines = Array.from({ length: 16 }, (_, at) => JSON.stringify(story(at * 6)))
    writeFileSync(news, lines.join('\n'))
    const decided = z.looseObject({ decisions: z.looseObject({ byAction: z.record(z.string(), z.int()) }) })
    const told = decided.parse(await backtest(...crash, '--policy', 'rules', '--news', news))
    const untold = decided.parse(await backtest(...crash, '--policy', 'rules'))
    expect(told.decisions.byAction).not.toEqual(untold.decisions.byAction)
    const replay = join(home, 'replay-news')
    documentOf(await quartet(['run', ...crash, '--news', news, '--json'], { home: replay }))
    const out = join(home, 'models-news')
    const asked = z
      .looseObject({ assumptions: z.object({ notes: z.array(z.string()) }) })
      .parse(await backtest(...crash, '--policy', 'models', '--news', news, '--out', out))
    expect(asked.assumptions.notes.join(' ')).toContain('news.jsonl')
    expect(await journalOf(join(out, 'journal'))).toEqual(await journalOf(replay))
    const found = await quartet(['lookahead', ...crash, '--news', news, '--samples', '40', '--json'], { home })
    expect(documentOf(found)).toEqual({ ok: true, decisions: 40, differences: [] })
  })

  test('sets several settings side by side', async () => {
    const bold = join(home, 'bold.json')
    writeFileSync(bold, '{"risk":{"maxPositionPct":0.5}}')
    const compared = z
      .object({ runs: z.array(reportSchema.extend({ name: z.string() })) })
      .parse(await backtest(...year, '--policy', 'rules', '--compare', `bold=${bold}`))
    expect(compared.runs.map(({ name }) => name)).toEqual(['own settings', 'bold'])
    const [own, other] = compared.runs.map(({ feesPaid }) => Number(feesPaid))
    expect(other).toBeGreaterThan(10 * (own ?? 0))
  })

  test('sweeps settings over threads, best first, each set as if it had been tried alone', async () => {
    const swept = z
      .object({
        sets: z.int(),
        warning: z.string(),
        results: z.array(z.object({ parameters: z.record(z.string(), z.unknown()), netReturn: z.number() })),
      })
      .parse(
        await backtest(
          ...year,
          '--policy',
          'rules',
          '--sweep',
          'risk.stopAtr=1,3',
          '--by',
          'netReturn',
          '--threads',
          '2',
          '--out',
          join(home, 'swept'),
        ),
      )
    expect(swept.sets).toBe(2)
    expect(swept.warning).toContain('2 sets were tried')
    expect(readFileSync(join(home, 'swept', 'report.html'), 'utf8')).toContain('2 sets of parameters')
    expect(JSON.parse(readFileSync(join(home, 'swept', 'report.json'), 'utf8'))).toMatchObject({ sets: 2 })
    const [best, worst] = swept.results
    expect(best?.netReturn).toBeGreaterThan(worst?.netReturn ?? 0)
    const alone = join(home, 'alone')
    mkdirSync(alone)
    writeFileSync(join(alone, 'settings.json'), JSON.stringify({ risk: { stopAtr: best?.parameters['risk.stopAtr'] } }))
    const one = reportSchema.parse(
      documentOf(await quartet(['backtest', ...year, '--policy', 'rules', '--json'], { home: alone })),
    )
    expect(Number(one.equityEnd) / 10_000 - 1).toBe(best?.netReturn)
  })

  test.each([
    ['models', 'models'],
    ["a trader's module", 'module'],
    ['rules with headlines', 'news'],
  ])('tries sets of %s, each as if it had been tried alone, and walks with them', async (_name, who) => {
    const news = join(home, 'swept-news.jsonl')
    const story = (hour: number) => ({
      ...{ knownAtMs: Date.UTC(2021, 4, 17, hour), title: `Bitcoin story ${hour}`, assets: ['BTC', 'ETH'] },
      ...{ scorer: 'lexicon', score: hour % 36 < 18 ? 0.95 : -0.95 },
    })
    writeFileSync(news, Array.from({ length: 16 }, (_, at) => JSON.stringify(story(at * 6))).join('\n'))
    const module = join(home, 'swept.mjs')
    writeFileSync(
      module,
      `export const decide = ({ rsi14, hasPosition }) =>
        ({ action: hasPosition ? (rsi14 > 60 ? 'sell' : 'hold') : rsi14 < 35 ? 'buy' : 'hold', confidence: 0.9 })`,
    )
    const words =
      {
        models: ['--policy', 'models'],
        module: ['--policy', module],
        news: ['--policy', 'rules', '--news', news],
      }[who] ?? []
    const one = reportSchema.parse(await backtest(...crash, ...words))
    const results = z.array(
      z.object({ parameters: z.record(z.string(), z.unknown()), netReturn: z.number(), trades: z.int() }),
    )
    const swept = z.object({ results }).parse(await backtest(...crash, ...words, '--sweep', 'risk.stopAtr=2,1'))
    const same = swept.results.find(({ parameters }) => parameters['risk.stopAtr'] === 2)
    expect(same).toMatchObject({ netReturn: Number(one.equityEnd) / 10_000 - 1, trades: one.trades })
    expect(one.trades).toBeGreaterThan(0)
    const walk = ['--sweep', 'risk.stopAtr=2,1', '--walk-forward', 'train=24h,test=24h']
    const walked = reportSchema.extend({ windows: z.int() }).parse(await backtest(...crash, ...words, ...walk))
    expect(walked).toMatchObject({ windows: 3, candles: 144 })
  })

  test('walks forward: chosen on the days before, told of the days after', async () => {
    const walked = z
      .object({
        ...reportSchema.shape,
        windows: z.int(),
        outOfSampleReturn: z.number(),
        windowList: z.array(
          z.object({
            inSample: z.object({ fromMs: z.int(), toMs: z.int() }),
            outOfSample: z.object({ fromMs: z.int(), toMs: z.int() }),
          }),
        ),
      })
      .parse(
        await backtest(
          ...[...year, '--policy', 'rules', '--sweep', 'risk.stopAtr=1,2', '--walk-forward', 'train=90d,test=60d'],
          ...['--out', join(home, 'walked')],
        ),
      )
    expect(walked.windows).toBe(4)
    for (const { inSample, outOfSample } of walked.windowList) expect(outOfSample.fromMs).toBe(inSample.toMs)
    const starts = walked.windowList.map(({ outOfSample }) => outOfSample.fromMs)
    expect(starts.slice(1)).toEqual(walked.windowList.slice(0, -1).map(({ outOfSample }) => outOfSample.toMs))
    // The report is that of the joined days.
    expect(Number(walked.equityEnd) / Number(walked.equityStart) - 1).toBeCloseTo(walked.outOfSampleReturn, 9)
    expect(readFileSync(join(home, 'walked', 'report.html'), 'utf8')).toContain('4 windows')
    expect(JSON.parse(readFileSync(join(home, 'walked', 'report.json'), 'utf8'))).toMatchObject({ windows: 4 })
  })

  test.each([
    [['--policy', 'nobody.mjs'], 'policy_missing', 1],
    [['--policy', 'rules', '--compare', 'x=missing.json'], 'settings_unreadable', 1],
    [['--policy', 'rules', '--sweep', 'risk.stopAtR=1'], 'settings_invalid', 1],
    [['--policy', 'nobody.mjs', '--sweep', 'risk.stopAtr=1'], 'policy_missing', 1],
    [['--policy', 'rules', '--sweep', 'risk.stopAtr=1', '--news', 'nothing.jsonl'], 'news_file_unreadable', 1],
    [['--policy', 'rules', '--sweep', 'risk.stopAtr=1', '--fills', 'trades'], 'ticks_missing', 1],
    [['--policy', 'models', '--sweep', 'risk.stopAtr=1', '--fills', 'book'], 'ticks_missing', 1],
    [['--policy', 'rules', '--walk-forward', 'train=90d,test=30d'], 'window_empty', 1],
    [['--policy', 'rules', '--news', 'nothing.jsonl'], 'news_file_unreadable', 1],
    [['--policy', 'rules', '--from', '2030-01-01', '--to', '2031-01-01'], 'dates_outside_data', 1],
    [['--policy', 'rules', '--fills', 'book'], 'ticks_missing', 1],
  ])('refuses %j with one clear line', async (words, code, exit) => {
    const temporary = temporaryFolder('refused')
    const env = { TMPDIR: temporary, TEMP: temporary, TMP: temporary }
    const ended = await quartet(['backtest', ...crash, ...words, '--json'], { home, env })
    expect(readdirSync(temporary)).toEqual([])
    expect(ended.stderr).toContain(`[${code}]`)
    expect(ended.code).toBe(exit)
    expect(ended.stdout).toBe('')
  })
})

describe('quartet lookahead', () => {
  test('finds no knowledge of the future in the product, nor in the models', async () => {
    for (const policy of ['rules', 'models']) {
      const words = ['lookahead', ...crash, '--policy', policy, '--samples', '40', '--json']
      expect(documentOf(await quartet(words, { home }))).toEqual({ ok: true, decisions: 40, differences: [] })
    }
  })

  test('fails where a policy knows more than its context', async () => {
    const module = join(home, 'seer.mjs')
    writeFileSync(module, 'let asked = 0\nexport const decide = () => ({ action: asked++ % 2 ? "buy" : "hold" })')
    const ended = await quartet(['lookahead', ...crash, '--policy', module, '--samples', '10', '--json'], { home })
    expect(ended.code).toBe(1)
    expect(JSON.parse(ended.stdout)).toMatchObject({ ok: false, decisions: 10 })
  })
})

test('nothing of a backtest lands in the ledger of the desk', () => {
  expect(existsSync(join(home, 'ledger.db'))).toBe(false)
})
