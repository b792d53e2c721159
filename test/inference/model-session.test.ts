import { copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { MarketContext } from '@shared/contract/context'
import type { AskModel } from '@shared/contract/inference'
import { judge, mostProbableAction } from '@shared/rules/teacher'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createContextBuilder } from '../../src-main/engine/context/context-builder'
import { renderRationale } from '../../src-main/engine/gateway/prompt/rationale'
import { checkGgufFile } from '../../src-main/inference/gguf-file'
import { type ModelSession, openModelSession } from '../../src-main/inference/model-session'
import { rationaleFaults } from '../bench/rationale-check'
import { actionProbabilities, loadOf, questionAbout } from '../helpers/model-questions'
import { recordedCandles } from '../helpers/recorded-candles'
import { temporaryFolder } from '../helpers/temporary-folder'

const starterPath = fileURLToPath(new URL('../../resources/models/starter.gguf', import.meta.url))
const load = loadOf(starterPath)

/** Hours of 2022, which the starter was not trained on. */
function recordedContexts(count: number) {
  const builder = createContextBuilder({ symbol: 'ETH/USDT', timeframe: '1h' })
  const candles = recordedCandles('ETHUSDT', Date.UTC(2022, 0, 1), 250 + count)
  builder.warm(candles.slice(0, 250))
  return candles.slice(250).map((candle, index) => {
    builder.observe(candle)
    const hasPosition = index % 2 === 1
    return builder.contextFor({
      hasPosition,
      positionPct: hasPosition ? 0.02 : 0,
      unrealizedPct: hasPosition ? ((index % 37) - 18) / 1000 : null,
      positionAgeCandles: hasPosition ? index % 50 : null,
    })
  })
}

const starter = { servedBy: 'starter', form: 'template' } as const

function ask(context: MarketContext, maxTokens: number | null = null): AskModel {
  return questionAbout(context, starter, maxTokens)
}

async function opened(): Promise<ModelSession> {
  const session = await openModelSession(load)
  if (!session.ok) throw new Error(session.problem.message)
  return session.value
}

describe('the bundled starter model', () => {
  let session: ModelSession
  beforeAll(async () => {
    session = await opened()
  })
  afterAll(() => session.dispose())

  const answerTo = async (question: AskModel) => {
    const answer = await session.ask(question)
    if (!answer.ok) throw new Error(answer.problem.message)
    return answer.value
  }

  test('says what it is', () => {
    expect(session.identity).toMatchObject({
      modelHash: expect.stringMatching(/^[0-9a-f]{64}$/),
      architecture: 'llama',
      quantization: 'Q8_0',
      gpu: false,
      sizeBytes: readFileSync(starterPath).length,
    })
    expect(session.identity.sizeBytes).toBeLessThanOrEqual(20_000_000)
  })

  test('follows its teacher over hours it has never seen', async () => {
    const contexts = recordedContexts(200)
    let agreed = 0
    for (const context of contexts) {
      const probabilities = actionProbabilities(await answerTo(ask(context)))
      if (mostProbableAction(probabilities) === judge(context).action) agreed++
    }
    expect(agreed / contexts.length).toBeGreaterThanOrEqual(0.95)
  })

  test('gives reasons that are true and agree with the action, mostly its own and seldom the same', async () => {
    const contexts = recordedContexts(60)
    let ownWords = 0
    const texts = new Set<string>()
    for (const context of contexts) {
      const answer = await answerTo(ask(context, 96))
      const action = mostProbableAction(actionProbabilities(answer))
      const { ok, text } = renderRationale(answer.rationale, context, action)
      expect(rationaleFaults(text, context, action)).toEqual([])
      texts.add(answer.rationale)
      if (ok) ownWords++
    }
    expect(ownWords / contexts.length).toBeGreaterThanOrEqual(0.4)
    expect(texts.size).toBeGreaterThan(10)
  })

  test('gives the same answer whatever was asked before, and after a restart', async () => {
    const questions = recordedContexts(60).map((context, index) => ask(context, index % 3 === 0 ? 40 : null))
    const figures = async (question: AskModel, of: ModelSession) => {
      const answer = await of.ask(question)
      return answer.ok ? { ...answer.value, decisionMs: 0, rationaleMs: 0, waitedMs: 0 } : answer.problem
    }
    const inOrder = []
    for (const question of questions) inOrder.push(await figures(question, session))
    const restarted = await opened()
    const backwards = []
    for (const question of questions.toReversed()) backwards.push(await figures(question, restarted))
    await restarted.dispose()
    expect(backwards.toReversed()).toEqual(inOrder)
  })

  test('reads every line of its document as one token', async () => {
    const wholeLines = 19
    for (const context of recordedContexts(20)) {
      expect((await answerTo(ask(context))).tokens.input).toBe(wholeLines)
    }
  })

  test('refuses a prompt that does not fit, and answers the next one', async () => {
    const [context] = recordedContexts(1)
    if (context === undefined) throw new Error('There is no recorded candle')
    const tooLong = { ...ask(context), document: 'news '.repeat(2000) }
    expect(await session.ask(tooLong)).toMatchObject({ ok: false, problem: { code: 'prompt_too_long' } })
    expect((await session.ask(ask(context))).ok).toBe(true)
  })

  test('drops a question that was withdrawn', async () => {
    const [context] = recordedContexts(1)
    if (context === undefined) throw new Error('There is no recorded candle')
    const withdrawn = AbortSignal.abort()
    expect(await session.ask(ask(context), withdrawn)).toMatchObject({ problem: { code: 'timeout' } })
  })
})

describe('a model file that cannot be used', () => {
  let dir: string
  beforeAll(() => {
    dir = temporaryFolder('model')
  })

  test('that is missing is reported as such, before llama.cpp is asked', async () => {
    expect(await openModelSession({ ...load, path: join(dir, 'none.gguf') })).toMatchObject({
      problem: { code: 'model_missing' },
    })
  })

  test.each([
    ['empty', ''],
    ['a text', 'timestamp_ms,open,high,low,close,volume\n'],
    ['a page of an error', '<!DOCTYPE html><title>404</title>'],
  ])('that is %s is no GGUF', async (_, content) => {
    const path = join(dir, 'other.gguf')
    writeFileSync(path, content)
    expect(await openModelSession({ ...load, path })).toMatchObject({ problem: { code: 'not_a_gguf' } })
  })

  test('that is a folder is no GGUF', async () => {
    expect(await openModelSession({ ...load, path: dir })).toMatchObject({ problem: { code: 'not_a_gguf' } })
  })

  test('that was cut at any length is found out from its header', async () => {
    const whole = readFileSync(starterPath)
    const path = join(dir, 'cut.gguf')
    const lengths = [1, 4, 5, 23, 24, 100, 5000, 30_000, 60_000]
    const nearTheEnd = [whole.length - 1000, whole.length - 33, whole.length - 1]
    for (const length of [...lengths, Math.floor(whole.length / 2), ...nearTheEnd]) {
      writeFileSync(path, whole.subarray(0, length))
      const problem = await checkGgufFile(path)
      expect({ length, problem }).toMatchObject({ length, problem: { ok: false, problem: { code: 'model_broken' } } })
    }
  })

  test('that is whole passes the check', async () => {
    const path = join(dir, 'whole.gguf')
    copyFileSync(starterPath, path)
    expect(await checkGgufFile(path)).toMatchObject({
      ok: true,
      value: { quantization: 'Q8_0', architecture: 'llama' },
    })
  })
})
