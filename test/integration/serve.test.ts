import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { dataFolder, type Started, startQuartet } from '../helpers/quartet'
import { serveDesk, waitFor } from '../helpers/served-desk'

const folder = dataFolder()
let desk: Started
let address: URL

beforeAll(async () => {
  ;({ desk, address } = await serveDesk(folder.home))
})

afterAll(async () => {
  desk.child.kill('SIGKILL')
  await desk.ended
  folder.remove()
})

const request = {
  symbol: 'BTC/USDT',
  bot_id: 'test_bot',
  context: { price: 45_000, volume: 1_000_000, volatility: 0.9 },
  risk_limits: { max_position_pct: 0.01 },
}

describe('the desk that npm start opens, without a question asked', () => {
  test('prints the decisions of the recorded market as they happen', async () => {
    await waitFor(
      () =>
        desk
          .stdout()
          .split('\n')
          .filter((line) => line.includes('served by starter')).length >= 2,
    )
    expect(desk.stdout()).toMatch(/2021-05-17T01:00:00Z BTC\/USDT (BUY|SELL|HOLD)/)
  })

  test("decides on a context that a program describes, by the rules, and within the caller's limit", async () => {
    const answer = await decide(request)
    expect(answer.status).toBe(200)
    const body = answerSchema.parse(answer.body)
    expect(body.routedTo).toBe('qwen')
    expect(body.routeReason).toContain('0.9')
    expect(body.servedBy).toBe('starter')
    expect(body.probabilities.buy + body.probabilities.sell + body.probabilities.hold).toBeCloseTo(1, 3)
    // One percent of the 10,000 of the paper account.
    expect(body.maxNotionalQuote).toBe('100')
  })

  test('a preference overrides the rules', async () => {
    const answer = await decide({ ...request, model_preference: 'phi3' })
    expect(answerSchema.parse(answer.body).routedTo).toBe('phi3')
  })

  test.each([
    ['an unknown field', { ...request, leverage: 5 }, 'leverage'],
    ['an unknown figure', { ...request, context: { ...request.context, moon: 1 } }, 'moon'],
    ['a price that is none', { ...request, context: { ...request.context, price: 'high' } }, 'context.price'],
    ['a model that is none', { ...request, model_preference: 'gpt' }, 'model_preference'],
  ])('%s is refused with a stable code, by name', async (_, body, named) => {
    const answer = await decide(body)
    expect(answer.status).toBe(400)
    expect(answer.body).toMatchObject({ error: { code: 'invalid_request' } })
    expect(JSON.stringify(answer.body)).toContain(named)
  })

  test('says where it stands, how its models are, and counts what it did', async () => {
    const status = await get('/status')
    expect(status).toMatchObject({ mode: 'paper', state: 'active', default_model: 'deepseek' })
    expect(await get('/health')).toMatchObject({ status: 'healthy' })
    const metrics = await (await fetch(new URL('/metrics', address))).text()
    expect(metrics).toMatch(/^trading_llm_\w+(\{[^}]*model="\w+"[^}]*\})? [1-9]/m)
  })

  test('does not show its page to anybody without the token', async () => {
    expect((await fetch(new URL('/', address.origin))).status).toBe(401)
  })

  test('ends with exit code 0 when it is told to, and continues at the next start', async () => {
    desk.child.kill('SIGINT')
    const ended = await desk.ended
    expect(ended.code, ended.stderr).toBe(0)
    const decidedBefore = decidedTimes(ended.stdout)

    ;({ desk, address } = await serveDesk(folder.home))
    await waitFor(() => decidedTimes(desk.stdout()).length >= 2)
    const decidedAfter = decidedTimes(desk.stdout())
    expect(decidedAfter[0]?.localeCompare(decidedBefore.at(-1) ?? '')).toBeGreaterThan(0)
  })
})

test('a port that is taken is named, with what to do', async () => {
  const other = dataFolder()
  try {
    const ended = await startQuartet(['serve', '--port', address.port], { home: other.home }).ended
    expect(ended.code).toBe(1)
    expect(ended.stderr).toMatch(new RegExp(`Port ${address.port} is in use.*--port.*\\[port_in_use\\]`))
  } finally {
    other.remove()
  }
})

const answerSchema = z.object({
  decisionId: z.string(),
  action: z.enum(['buy', 'sell', 'hold']),
  probabilities: z.object({ buy: z.number(), sell: z.number(), hold: z.number() }),
  routedTo: z.string(),
  servedBy: z.string(),
  routeReason: z.string(),
  maxNotionalQuote: z.string(),
  latencyMs: z.number(),
})

async function decide(body: unknown): Promise<{ status: number; body: unknown }> {
  const response = await fetch(new URL('/decide', address), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  return { status: response.status, body: await response.json() }
}

async function get(path: string): Promise<unknown> {
  return (await fetch(new URL(path, address))).json()
}

/** "2021-05-17T01:00:00Z BTC/USDT" of every printed decision, which sorts as it happened. */
function decidedTimes(stdout: string): string[] {
  return [...stdout.matchAll(/^(\S+Z \S+\/\S+) (BUY|SELL|HOLD)/gm)].map((match) => match[1] ?? '')
}
