import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { dataFolder, type Ended, quartet } from '../helpers/quartet'

const folder = dataFolder()
afterAll(() => folder.remove())
const report = (...args: string[]): Promise<Ended> => quartet(['report', ...args], { home: folder.home })

const documentSchema = z.looseObject({
  runId: z.string(),
  equityStart: z.string(),
  equityEnd: z.string(),
  feesPaid: z.string(),
  trades: z.int(),
  sharpe: z.number().nullable(),
  notAvailable: z.record(z.string(), z.string()),
  sentences: z.array(z.string()),
})

describe('a report over a run of the ledger', () => {
  let summary: { equityEnd: string; feesPaid: string }
  beforeAll(async () => {
    const stretch = ['--from', '2021-05-17', '--to', '2021-05-21']
    const ran = await quartet(['run', '--symbols', 'BTC/USDT,ETH/USDT', ...stretch, '--json'], { home: folder.home })
    expect(ran.code, ran.stderr).toBe(0)
    summary = z.object({ equityEnd: z.string(), feesPaid: z.string() }).parse(JSON.parse(ran.stdout))
  }, 120_000)

  test('agrees with the run itself, and gives no figure about time after four days', async () => {
    const ended = await report('--json')
    expect(ended.code, ended.stderr).toBe(0)
    const told = documentSchema.parse(JSON.parse(ended.stdout))
    expect(told).toMatchObject({ equityStart: '10000', ...summary, sharpe: null })
    expect(told.notAvailable.sharpe).toContain('4.0 days; below 14')
    expect(told.sentences.join(' ')).toContain('after the knowledge cutoff of starter (2021-01-01)')
  })

  test('writes one page, the same at every call', async () => {
    const [first, second] = [join(folder.home, 'first.html'), join(folder.home, 'second.html')]
    expect((await report('--out', first)).code).toBe(0)
    expect((await report('--run', 'last', '--out', second)).code).toBe(0)
    const page = readFileSync(first, 'utf8')
    expect(page).toBe(readFileSync(second, 'utf8'))
    expect(page).toContain('no financial advice')
  })

  test('finds a run by the start of its id, and says when there is none', async () => {
    const { runId } = documentSchema.parse(JSON.parse((await report('--json')).stdout))
    expect((await report('--run', runId.slice(0, 8), '--json')).code).toBe(0)
    const missing = await report('--run', 'nosuchrun')
    expect(missing.code).not.toBe(0)
    expect(missing.stderr).toContain('There is no run "nosuchrun"')
  })

  test('says what stands in the way of the page', async () => {
    const ended = await report('--out', join(folder.home, 'no', 'such', 'folder.html'))
    expect(ended.code).not.toBe(0)
    expect(ended.stderr).toContain('cannot be written')
  })
})

test('without a ledger there is nothing to report, and the command says so', async () => {
  const empty = dataFolder()
  const ended = await quartet(['report'], { home: empty.home })
  empty.remove()
  expect(ended.code).not.toBe(0)
  expect(ended.stderr).toContain('nothing has run in this data folder yet')
})
