import type { ModelAnswer, ModelProblemCode } from '@shared/contract/inference'
import { failure, type Outcome, success } from '@shared/contract/outcome'
import { describe, expect, it } from 'vitest'
import { type Answered, createAnswerCache } from '../../../../src-main/engine/gateway/answer-cache/answer-cache'
import type { AnswerFile } from '../../../../src-main/engine/gateway/answer-cache/answer-file'
import type { KeptAnswer } from '../../../../src-main/engine/gateway/answer-cache/kept-answer'
import { askedQuestion, loadedModel } from './asked-question'

type Attempt = Outcome<Answered, ModelProblemCode>

const { identity, question, context, promptVersion } = askedQuestion()
const said: ModelAnswer = {
  answers: [{ question: 'action', probabilities: { buy: 0.7, sell: 0.1, hold: 0.2 }, orderBias: 0.01 }],
  rationale: 'Up.',
  leftOut: 1,
  tokens: { input: 90, output: 12 },
  decisionMs: 300,
  rationaleMs: 900,
  waitedMs: 5,
}
const answered: Attempt = success({ answer: said, model: identity.model, isRecalled: false })
const about = { context, promptVersion, isWhole: () => true }

/** A model that gives these answers one after the other, and counts how often it was asked. */
function model(...attempts: readonly Attempt[]): { ask(): Promise<Attempt>; asked: number } {
  const scripted = {
    asked: 0,
    async ask() {
      scripted.asked += 1
      const attempt = attempts[scripted.asked - 1]
      if (attempt === undefined) throw new Error('The model was asked once too often')
      return attempt
    },
  }
  return scripted
}

function fileOf(rows: Map<string, KeptAnswer>): AnswerFile {
  return { find: (key) => rows.get(key) ?? null, keep: (key, answer) => rows.set(key, answer), close: () => undefined }
}

describe('A question that was asked before', () => {
  it('is answered as the model answered it, in no time', async () => {
    const cache = createAnswerCache(() => null)
    const { ask } = model(answered)
    await cache.recall(about)(identity, question, ask)
    expect(await cache.recall(about)(identity, question, ask)).toEqual(
      success({
        answer: { ...said, decisionMs: 0, rationaleMs: 0, waitedMs: 0 },
        model: identity.model,
        isRecalled: true,
      }),
    )
    expect(cache.counts()).toEqual({ recalled: 1, asked: 1 })
  })

  it('is answered from the file, in a program that never asked it', async () => {
    const rows = new Map<string, KeptAnswer>()
    await createAnswerCache(() => fileOf(rows)).recall(about)(identity, question, model(answered).ask)
    const later = createAnswerCache(() => fileOf(rows))
    expect(await later.recall(about)(identity, question, model().ask)).toMatchObject({ value: { isRecalled: true } })
  })

  it('is put to another model, or about another context, all the same', async () => {
    const cache = createAnswerCache(() => null)
    const asked = model(answered, answered, answered)
    await cache.recall(about)(identity, question, asked.ask)
    const other = { ...identity, model: { ...loadedModel, modelHash: 'ef'.repeat(32) } }
    await cache.recall(about)(other, question, asked.ask)
    await cache.recall({ ...about, context: { ...context, price: 44_000.01 } })(identity, question, asked.ask)
    expect(asked.asked).toBe(3)
  })
})

describe('A question that is being asked', () => {
  it('is put once, however many wait for its answer', async () => {
    const cache = createAnswerCache(() => null)
    const asked = model(answered)
    const all = await Promise.all(Array.from({ length: 20 }, () => cache.recall(about)(identity, question, asked.ask)))
    expect(new Set(all)).toEqual(new Set([answered]))
    expect(asked.asked).toBe(1)
  })

  it('is kept under what the model is when it answers, if it was loaded anew for that', async () => {
    const rows = new Map<string, KeptAnswer>()
    const onProcessor = { ...loadedModel, gpu: false as const, deviceNames: [] }
    const cache = createAnswerCache(() => fileOf(rows))
    const asked = model(success({ answer: said, model: onProcessor, isRecalled: false }), answered)
    await cache.recall(about)(identity, question, asked.ask)
    const recalled = await cache.recall(about)({ ...identity, model: onProcessor }, question, asked.ask)
    expect(recalled).toMatchObject({ value: { isRecalled: true, model: { gpu: false } } })
    expect(await cache.recall(about)(identity, question, asked.ask)).toBe(answered)
  })
})

describe('What is not kept', () => {
  it.each<ModelProblemCode>(['timeout', 'inference_exited', 'out_of_memory', 'queue_full'])(
    'is a failure: after %s the model is asked again',
    async (code) => {
      const rows = new Map<string, KeptAnswer>()
      const cache = createAnswerCache(() => fileOf(rows))
      const asked = model(failure(code, 'As the test says.'), answered)
      expect(await cache.recall(about)(identity, question, asked.ask)).toMatchObject({ ok: false, problem: { code } })
      expect(rows.size).toBe(0)
      expect(await cache.recall(about)(identity, question, asked.ask)).toBe(answered)
    },
  )

  it('is an answer that cannot be used', async () => {
    const rows = new Map<string, KeptAnswer>()
    const cache = createAnswerCache(() => fileOf(rows))
    const asked = model(answered, answered)
    const picky = { ...about, isWhole: () => false }
    await cache.recall(picky)(identity, question, asked.ask)
    await cache.recall(picky)(identity, question, asked.ask)
    expect([asked.asked, rows.size]).toEqual([2, 0])
  })
})
