import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { decideAnswerSchema } from '@shared/contract/decide-answer'
import { failure } from '@shared/contract/outcome'
import pino from 'pino'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { createServer } from '../../../src-main/engine/server/server'
import { type Answer, type AskOptions, type Stage, setStage, token } from './stage'

let stage: Stage
beforeAll(async () => {
  stage = await setStage()
})
beforeEach(() => stage.desk.reset())
afterAll(() => stage.close())

const errorSchema = z.strictObject({
  error: z.strictObject({ code: z.string(), message: z.string().min(10), details: z.array(z.unknown()) }),
})

const goodBody = {
  symbol: 'BTC/USDT',
  bot_id: 'bot-7',
  context: { price: 42_000, volume: 12, volatility: 0.9, has_position: true, volume_ratio: 2 },
  risk_limits: { max_position_pct: 0.02 },
  model_preference: 'qwen',
}

function decide(body: unknown, options: AskOptions = {}): Promise<Answer> {
  const headers = { 'content-type': 'application/json', ...options.headers }
  return stage.ask('/decide', { method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body), headers })
}

function codeOf(answer: Answer): string {
  return errorSchema.parse(JSON.parse(answer.text)).error.code
}

describe('POST /decide', () => {
  test('answers with the whole decision', async () => {
    const answer = await decide(goodBody)
    expect(answer.status).toBe(200)
    const decision = decideAnswerSchema.parse(JSON.parse(answer.text))
    expect(decision.latencyMs).toBe(12.5)
    expect(decision.maxNotionalQuote).toBe('200')
  })

  test('hands the desk the request in the words of the contract', async () => {
    await decide(goodBody)
    expect(stage.desk.requests).toMatchObject([
      {
        symbol: 'BTC/USDT',
        bot_id: 'bot-7',
        timeframe: '1h',
        model_preference: 'qwen',
        risk_limits: { max_position_pct: 0.02 },
        context: { price: 42_000, hasPosition: true, volumeRatio: 2, rsi14: null },
      },
    ])
  })

  test.each([
    ['an unknown field', { ...goodBody, leverage: 100 }, ''],
    ['an unknown field of the context', { ...goodBody, context: { price: 1, mood: 'good' } }, 'context'],
    ['a negative price', { ...goodBody, context: { price: -1 } }, 'context.price'],
    ['a number written as text', { ...goodBody, context: { price: '42000' } }, 'context.price'],
    ['a symbol without a slash', { ...goodBody, symbol: 'BTCUSDT' }, 'symbol'],
    ['a model that does not exist', { ...goodBody, model_preference: 'gpt' }, 'model_preference'],
    [
      'a position above the whole account',
      { ...goodBody, risk_limits: { max_position_pct: 2 } },
      'risk_limits.max_position_pct',
    ],
  ])('refuses %s, naming the field', async (_, body, path) => {
    const answer = await decide(body)
    expect(answer.status).toBe(400)
    expect(codeOf(answer)).toBe('invalid_request')
    expect(JSON.parse(answer.text).error.details[0]).toEqual({ path, message: expect.any(String) })
    expect(stage.desk.requests).toEqual([])
  })

  test.each([
    ['half a body', '{"symbol": "BTC/USDT"', 400, 'invalid_json'],
    ['no body', '', 400, 'invalid_json'],
    ['a list', '[]', 400, 'invalid_request'],
    [
      'a prototype for a context',
      '{"symbol":"BTC/USDT","context":{"price":1,"__proto__":{"x":1}}}',
      400,
      'invalid_json',
    ],
    ['a body of 100 KiB', JSON.stringify({ ...goodBody, bot_id: 'x'.repeat(100 * 1024) }), 413, 'body_too_large'],
  ])('refuses %s', async (_, body, status, code) => {
    const answer = await decide(body)
    expect([answer.status, codeOf(answer)]).toEqual([status, code])
  })

  test.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x'])(
    'refuses %s, which a page of another site could send unasked',
    async (type) => {
      const answer = await decide(goodBody, { headers: { 'content-type': type } })
      expect([answer.status, codeOf(answer)]).toEqual([415, 'unsupported_media_type'])
    },
  )

  test('passes on why the desk cannot decide', async () => {
    stage.desk.answerWith(async () => failure('ledger_full', 'The disk is full. Free some space and try again.'))
    const answer = await decide(goodBody)
    expect([answer.status, codeOf(answer)]).toEqual([503, 'ledger_full'])
  })

  test('keeps what went wrong inside to the log', async () => {
    stage.desk.answerWith(async () => {
      throw new Error('secret detail of /home/trader')
    })
    const answer = await decide(goodBody)
    expect([answer.status, codeOf(answer)]).toEqual([500, 'internal'])
    expect(answer.text).not.toMatch(/secret|home|\.ts|at /)
    expect(stage.logged()).toContain('secret detail')
  })
})

describe('what the desk says of itself', () => {
  test('GET /status names state, run, account and every model', async () => {
    const status = JSON.parse((await stage.ask('/status')).text)
    expect(status).toMatchObject({
      version: '0.1.0',
      mode: 'paper',
      state: 'active',
      run: { runId: 'story', finished: false },
      account: { quoteAsset: 'USDT' },
      default_model: 'deepseek',
    })
    expect(Object.keys(status.models)).toEqual(['deepseek', 'qwen', 'fingpt', 'phi3'])
    expect(status.models.qwen).toMatchObject({ available: expect.any(Boolean), servedBy: expect.any(String) })
  })

  test('POST /pause and /resume tell the desk, and answer with what it became', async () => {
    for (const [path, state] of [
      ['/pause', 'reduce_only'],
      ['/resume', 'active'],
    ] as const) {
      const answer = await stage.ask(path, { method: 'POST' })
      expect(answer.status).toBe(200)
      expect(JSON.parse(answer.text)).toMatchObject({ state, risk: { killSwitch: 'flatten' } })
    }
    const foreign = await stage.ask('/kill', { method: 'POST', headers: { origin: 'https://example.com' } })
    expect([foreign.status, codeOf(foreign)]).toEqual([403, 'origin_refused'])
    expect(JSON.parse((await stage.ask('/status')).text)).toMatchObject({ state: 'active' })
  })

  test('GET /health is 200 while any model answers and 503 when none does', async () => {
    stage.desk.become({ healthy: true })
    expect((await stage.ask('/health')).status).toBe(200)
    expect((await stage.ask('/health/fingpt')).status).toBe(200)
    stage.desk.become({ healthy: false, reason: 'The model file is cut short.' })
    const sick = await stage.ask('/health')
    expect(sick.status).toBe(503)
    expect(JSON.parse(sick.text).models.phi3).toMatchObject({
      status: 'unhealthy',
      reason: 'The model file is cut short.',
    })
    const one = await stage.ask('/health/fingpt')
    expect([one.status, JSON.parse(one.text).model]).toEqual([503, 'fingpt'])
  })

  test('an unknown model and an unknown address are 404 with a code', async () => {
    const model = await stage.ask('/health/gpt')
    expect([model.status, codeOf(model)]).toEqual([404, 'unknown_model'])
    const nothing = await stage.ask('/decide', { method: 'DELETE' })
    expect([nothing.status, codeOf(nothing)]).toEqual([404, 'not_found'])
  })
})

describe('GET /metrics', () => {
  /** Every line of the text exposition format: a comment, or name{labels} value. */
  const line = /^(#\s(HELP|TYPE)\s\w+\s.+|\w+(\{(\w+="(\\.|[^"\\])*",?)*\})?\s(-?[\d.e+-]+|NaN|\+Inf))$/

  async function metrics(): Promise<string> {
    const answer = await stage.ask('/metrics')
    expect(answer.headers['content-type']).toContain('text/plain')
    return answer.text
  }

  function figureOf(text: string, series: string): number {
    const found = text.split('\n').find((candidate) => candidate.startsWith(`${series} `))
    return Number(found?.slice(series.length + 1) ?? Number.NaN)
  }

  test('is Prometheus text, and every name starts with trading_llm_', async () => {
    await decide(goodBody)
    const lines = (await metrics()).split('\n').filter((candidate) => candidate !== '')
    expect(lines.filter((candidate) => !line.test(candidate))).toEqual([])
    expect(lines.every((candidate) => /^(# (HELP|TYPE) )?trading_llm_/.test(candidate))).toBe(true)
  })

  test('counts requests, decisions, confidence, latency and errors', async () => {
    const before = await metrics()
    const { routedTo, servedBy, action } = decideAnswerSchema.parse(JSON.parse((await decide(goodBody)).text))
    await decide({ symbol: 'x' })
    const after = await metrics()
    const grown = (series: string) => (figureOf(after, series) || 0) - (figureOf(before, series) || 0)
    expect(grown('trading_llm_requests_total{route="/decide",method="POST",status="200"}')).toBe(1)
    expect(grown('trading_llm_requests_total{route="/decide",method="POST",status="400"}')).toBe(1)
    expect(grown('trading_llm_errors_total{code="invalid_request"}')).toBe(1)
    const labels = `{route="${routedTo}",model="${servedBy}",action="${action}",source="api"}`
    expect(grown(`trading_llm_decisions_total${labels}`)).toBe(1)
    expect(grown(`trading_llm_decision_confidence_count{model="${servedBy}"}`)).toBe(1)
    expect(grown(`trading_llm_decision_latency_seconds_sum{model="${servedBy}"}`)).toBeCloseTo(0.0125)
  })

  test('counts what the desk decides on its own, and shows the account and the journal', async () => {
    stage.desk.push(stage.desk.story.next())
    const text = await metrics()
    expect(text).toMatch(/trading_llm_decisions_total\{.*source="desk"\} 1/)
    const { account, chain } = stage.desk.story.snapshot()
    expect(figureOf(text, 'trading_llm_equity{asset="USDT"}')).toBe(Number(account.equity))
    expect(figureOf(text, 'trading_llm_journal_events')).toBe(chain.events)
    expect(figureOf(text, 'trading_llm_model_healthy{model="qwen"}')).toBeOneOf([0, 1])
  })
})

describe('who may ask', () => {
  test.each(['evil.example', 'evil.example:8080', '127.0.0.1.evil.example', '192.168.1.7', 'localhost@evil.example'])(
    'a browser that was led here under the name %s is refused',
    async (host) => {
      for (const path of ['/status', '/', '/metrics', '/nowhere']) {
        const answer = await stage.ask(path, { headers: { host } })
        expect([answer.status, codeOf(answer)]).toEqual([403, 'host_refused'])
      }
    },
  )

  test.each(['localhost', '127.0.0.1', '[::1]'])('%s is this machine', async (name) => {
    expect((await stage.ask('/status', { headers: { host: `${name}:${stage.server.port}` } })).status).toBe(200)
  })

  test.each(['http://evil.example', 'null', 'https://127.0.0.1', 'http://127.0.0.1:1'])(
    'a page of %s may not decide',
    async (origin) => {
      const answer = await decide(goodBody, { headers: { origin } })
      expect([answer.status, codeOf(answer)]).toEqual([403, 'origin_refused'])
      expect(stage.desk.requests).toEqual([])
    },
  )

  test('our own page may', async () => {
    expect((await decide(goodBody, { headers: { origin: stage.server.url } })).status).toBe(200)
  })

  test('every answer carries the security headers', async () => {
    const answers = [
      await stage.ask('/status'),
      await stage.ask('/'),
      await stage.ask('/nowhere'),
      await stage.ask('/status', { headers: { host: 'evil.example' } }),
      await decide('{'),
      await stage.ask('/%zz'),
    ]
    for (const { headers } of answers) {
      expect(headers['content-security-policy']).toContain("default-src 'none'")
      expect(headers['x-content-type-options']).toBe('nosniff')
    }
    expect(answers[0]?.headers).toMatchObject({
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'cross-origin-resource-policy': 'same-origin',
      'cache-control': 'no-store',
    })
    expect(answers[0]?.headers['access-control-allow-origin']).toBeUndefined()
    expect(answers[0]?.headers['x-powered-by']).toBeUndefined()
  })
})

describe('starting', () => {
  const log = pino({ level: 'silent' })

  test('a page that was not built is told', async () => {
    const rendererDir = join(tmpdir(), 'quartet-never-built')
    const unbuilt = await createServer({ port: 0, token, desk: stage.desk, rendererDir, log })
    expect(unbuilt).toMatchObject({ ok: false, problem: { code: 'page_missing' } })
  })

  test('a port in use is told, and the first server goes on', async () => {
    const { desk, rendererDir, server } = stage
    const second = await createServer({ port: server.port, token, desk, rendererDir, log })
    expect(second).toMatchObject({ ok: false, problem: { code: 'port_in_use' } })
    expect((await stage.ask('/status')).status).toBe(200)
    expect(desk.listeners()).toBe(1)
  })

  test('closing frees the port and leaves the desk', async () => {
    const own = await setStage()
    expect(own.desk.listeners()).toBe(1)
    await own.close()
    expect(own.desk.listeners()).toBe(0)
    await expect(own.ask('/status')).rejects.toThrow(/ECONNREFUSED/)
  })
})
