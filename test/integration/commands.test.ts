import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { decideAnswerSchema } from '@shared/contract/decide-answer'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { dataFolder, type Ended, quartet } from '../helpers/quartet'

const folder = dataFolder()
const { home } = folder
afterAll(() => folder.remove())

beforeAll(async () => {
  const args = ['run', '--symbols', 'BTC/USDT', '--from', '2021-05-17', '--to', '2021-05-18', '--json']
  documentOf(await quartet(args, { home }))
})

function documentOf(ended: Ended): unknown {
  expect(ended.code, ended.stderr).toBe(0)
  return JSON.parse(ended.stdout)
}

describe('decide', () => {
  const moment = ['decide', '--symbol', 'BTC/USDT', '--timeframe', '1h', '--at', '2021-05-19T13:00:00Z', '--json']

  test('sees exactly what had closed by then, and nothing later', async () => {
    const answer = decideAnswerSchema.parse(documentOf(await quartet(moment, { home })))
    expect(answer.context.asOfMs).toBe(Date.UTC(2021, 4, 19, 13))
    expect(answer.context.candleOpenMs).toBe(Date.UTC(2021, 4, 19, 12))
    const halfPast = decideAnswerSchema.parse(
      documentOf(await quartet(moment.with(6, '2021-05-19T13:30:00Z'), { home })),
    )
    expect(halfPast.context).toEqual(answer.context)
    expect(halfPast.probabilities).toEqual(answer.probabilities)
  })

  test('asks the named model whatever the rules say, and says who served', async () => {
    const answer = decideAnswerSchema.parse(documentOf(await quartet([...moment, '--model', 'phi3'], { home })))
    expect(answer.routedTo).toBe('phi3')
    expect(answer.servedBy).toBe('starter')
    expect(answer.hops.map((hop) => `${hop.servedBy} ${hop.outcome}`)).toEqual([
      'phi3 not_installed',
      'starter answered',
    ])
  })

  test('takes the request body of the API from a file', async () => {
    const file = join(home, 'request.json')
    writeFileSync(
      file,
      '{"symbol":"BTC/USDT","bot_id":"b","context":{"price":45000,"volatility":0.1,"has_position":true,"volume_ratio":2}}',
    )
    const answer = decideAnswerSchema.parse(
      documentOf(await quartet(['decide', '--context', file, '--json'], { home })),
    )
    expect(answer.routedTo).toBe('fingpt')
    expect(answer.context.hasPosition).toBe(true)
  })

  test('names what is wrong with a request', async () => {
    const file = join(home, 'bad.json')
    writeFileSync(file, '{"symbol":"BTC/USDT","context":{"volume":3}}')
    const ended = await quartet(['decide', '--context', file, '--json'], { home })
    expect(ended.stderr).toMatch(/context\.price.*\[invalid_request\]/)
    expect(ended.code).toBe(1)
  })

  test('is in the journal, and was not traded', async () => {
    const answer = decideAnswerSchema.parse(documentOf(await quartet(moment, { home })))
    const [last] = z
      .array(z.object({ decisionId: z.string() }))
      .parse(documentOf(await quartet(['decisions', '--limit', '1', '--json'], { home })))
    expect(last?.decisionId).toBe(answer.decisionId)
    expect(documentOf(await quartet(['verify', '--json'], { home }))).toMatchObject({ ok: true })
  })
})

test.each(['csv', 'jsonl', 'parquet'])('export writes every decision as %s', async (format) => {
  const out = join(home, `decisions.${format}`)
  const told = z
    .object({ rows: z.int(), bytes: z.int() })
    .parse(documentOf(await quartet(['export', '--format', format, '--out', out, '--json'], { home })))
  expect(told.rows).toBeGreaterThanOrEqual(24)
  expect(readFileSync(out).length).toBe(told.bytes)
})

test('status and doctor say that all is well', async () => {
  expect(documentOf(await quartet(['status', '--json'], { home }))).toMatchObject({ mode: 'paper', state: 'active' })
  expect(documentOf(await quartet(['doctor', '--json'], { home }))).toMatchObject({ ok: true })
})

test('status before the first run is an answer, not an error', async () => {
  const empty = dataFolder()
  try {
    expect(documentOf(await quartet(['status', '--json'], { home: empty.home }))).toMatchObject({ lastRun: null })
  } finally {
    empty.remove()
  }
})
