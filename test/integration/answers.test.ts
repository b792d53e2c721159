import { copyFileSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { dataFolder, type Ended, quartet } from '../helpers/quartet'

const summarySchema = z.object({
  decisions: z.int(),
  answers: z.object({ recalled: z.int(), asked: z.int() }),
  journal: z.object({ events: z.int(), head: z.string() }),
})

const folders = Array.from({ length: 5 }, dataFolder)
const [first = '', second = '', without = '', evaluated = '', spoilt = ''] = folders.map(({ home }) => home)
afterAll(() => {
  for (const folder of folders) folder.remove()
})

const window = ['--symbols', 'BTC/USDT,ETH/USDT', '--timeframe', '1h', '--from', '2021-05-18', '--to', '2021-05-21']
const decisions = 2 * 72

function documentOf(ended: Ended): unknown {
  expect(ended.code, ended.stderr).toBe(0)
  return JSON.parse(ended.stdout)
}

async function run(home: string): Promise<z.infer<typeof summarySchema>> {
  return summarySchema.parse(documentOf(await quartet(['run', ...window, '--json'], { home })))
}

function set(home: string, answers: object): void {
  mkdirSync(home, { recursive: true })
  writeFileSync(join(home, 'settings.json'), JSON.stringify({ answers }))
}

const isOfAnswers = (name: string): boolean => name.startsWith('answers.db')

describe('a replay whose questions were asked before', () => {
  let asked: z.infer<typeof summarySchema>
  beforeAll(async () => {
    asked = await run(first)
    for (const name of readdirSync(first).filter(isOfAnswers)) copyFileSync(join(first, name), join(second, name))
  })

  test('asks no model in another data folder, and ends with the same chain head', async () => {
    expect(asked.answers).toEqual({ recalled: 0, asked: decisions })
    const recalled = await run(second)
    expect(recalled.answers).toEqual({ recalled: decisions, asked: 0 })
    expect(recalled.journal).toEqual(asked.journal)
    const verified = await quartet(['verify', '--json'], { home: second })
    expect(documentOf(verified)).toMatchObject({ ok: true, head: asked.journal.head })
  })

  test('has the chain head of a desk that keeps no answers', async () => {
    set(without, { cache: 'off' })
    const alone = await run(without)
    expect(alone.answers).toEqual({ recalled: 0, asked: 0 })
    expect(alone.journal).toEqual(asked.journal)
    expect(readdirSync(without).filter(isOfAnswers)).toEqual([])
  })

  test('is known to a backtest of the same models, which keeps nothing new', async () => {
    const before = await kept(first)
    const ended = await quartet(['backtest', ...window, '--policy', 'models', '--json'], { home: first })
    expect(documentOf(ended)).toMatchObject({ trades: expect.any(Number) })
    expect(ended.stderr).toContain(`${decisions} answers were known from before, 0 questions went to models.`)
    expect(await kept(first)).toBe(before)
  })

  test('is asked anew once the answers are forgotten', async () => {
    expect(await kept(second)).toBe(decisions)
    const cleared = await quartet(['answers', 'clear', '--json'], { home: second })
    expect(documentOf(cleared)).toEqual({ forgotten: decisions })
    expect(await kept(second)).toBe(0)
    expect((await run(second)).answers).toEqual({ recalled: 0, asked: decisions })
  })
})

async function kept(home: string): Promise<number> {
  const status = z.object({ answers: z.object({ entries: z.int() }) })
  return status.parse(documentOf(await quartet(['status', '--json'], { home }))).answers.entries
}

describe('eval decisions over what was asked before', () => {
  const evaluationSchema = z.looseObject({
    recalled: z.int(),
    latencyP50Ms: z.number(),
    rerunAgreement: z.object({ n: z.int(), share: z.number() }),
  })
  const evaluate = async (): Promise<z.infer<typeof evaluationSchema>> => {
    const args = ['eval', 'decisions', '--symbols', 'BTC/USDT', '--samples', '60', '--json']
    return evaluationSchema.parse(documentOf(await quartet(args, { home: evaluated })))
  }

  test('finds the same, and still puts its second questions to the model', async () => {
    const { recalled, latencyP50Ms: _first, ...found } = await evaluate()
    const { recalled: recalledLater, latencyP50Ms, ...foundLater } = await evaluate()
    expect([recalled, recalledLater]).toEqual([0, 60])
    expect(foundLater).toEqual(found)
    expect(found.rerunAgreement).toMatchObject({ n: 50, share: 1 })
    expect(latencyP50Ms).toBeGreaterThan(0)
    expect(existsSync(join(evaluated, 'answers.db'))).toBe(true)
  })
})

test('a run goes on where no answers can be kept, and the doctor says why', async () => {
  mkdirSync(join(spoilt, 'answers.db'), { recursive: true })
  const ended = await quartet(['run', ...window, '--json'], { home: spoilt })
  expect(summarySchema.parse(documentOf(ended)).answers).toEqual({ recalled: 0, asked: decisions })
  expect(ended.stderr).toContain('Answers are not kept')
  const { code, stdout } = await quartet(['doctor', '--json'], { home: spoilt })
  expect(code).not.toBe(0)
  expect(JSON.parse(stdout)).toMatchObject({
    findings: expect.arrayContaining([expect.objectContaining({ check: 'answers', ok: false })]),
  })
})

test('an unknown way of keeping answers is refused by name', async () => {
  set(without, { cache: 'sometimes' })
  const refused = await quartet(['run', ...window], { home: without })
  expect(refused.code).not.toBe(0)
  expect(refused.stderr).toContain('answers.cache')
})
