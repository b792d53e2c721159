import { join } from 'node:path'
import type { AskModel, LoadModel } from '@shared/contract/inference'
import { getLlama, LlamaLogLevel, type LlamaModel } from 'node-llama-cpp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openConversation } from '../../src-main/inference/conversation'
import { type ModelSession, openModelSession } from '../../src-main/inference/model-session'
import { marketContext } from '../engine/gateway/market-context'
import { type Architecture, writeRandomModel } from '../helpers/gguf/random-model'
import { type RealVocabulary, tokenizerCases } from '../helpers/gguf/vocabulary'
import { actionProbabilities, loadOf, questionAbout } from '../helpers/model-questions'
import { temporaryFolder } from '../helpers/temporary-folder'

const models = [
  { architecture: 'llama', weights: 'F16', form: 'instruction', what: 'FinGPT on Llama 2: no template' },
  { architecture: 'llama', weights: 'Q4_0', form: 'instruction', what: 'the same, quantized' },
  { architecture: 'qwen2', weights: 'F16', form: 'template', what: 'Qwen2.5-Coder: ChatML' },
  { architecture: 'qwen2', weights: 'Q8_0', form: 'template', what: 'the same, quantized' },
  { architecture: 'phi3', weights: 'F16', form: 'template', what: 'Phi-3: its own template' },
  { architecture: 'phi3', weights: 'Q4_0', form: 'template', what: 'the same, quantized' },
  { architecture: 'deepseek2', weights: 'F16', form: 'template', what: 'DeepSeek-Coder-V2-Lite: experts' },
  { architecture: 'deepseek2', weights: 'Q8_0', form: 'template', what: 'the same, quantized' },
  { architecture: 'deepseek2-mla', weights: 'Q4_0', form: 'template', what: 'converted with latent attention' },
] as const satisfies readonly { architecture: Architecture; weights: string; form: LoadModel['form']; what: string }[]

const folder = temporaryFolder('architectures')

describe.each(models)('$architecture in $weights ($what)', ({ architecture, weights, form }) => {
  const backend = { servedBy: 'qwen', form } as const
  const context = marketContext()
  let session: ModelSession

  const path = join(folder, `${architecture}-${weights}.gguf`)

  async function load(): Promise<void> {
    const opened = await openModelSession(loadOf(path, { form, contextTokens: 2048, sequences: 2 }))
    if (!opened.ok) throw new Error(opened.problem.message)
    session = opened.value
  }

  beforeAll(async () => {
    writeRandomModel(path, { architecture, weights })
    await load()
  })
  afterAll(() => session?.dispose())

  const answered = async (ask: AskModel) => {
    const answer = await session.ask(ask)
    if (!answer.ok) throw new Error(answer.problem.message)
    return answer.value
  }

  test('says what it is', () => {
    expect(session.identity).toMatchObject({
      quantization: weights,
      contextTokens: 2048,
      sequences: architecture === 'deepseek2-mla' ? 1 : 2,
    })
    expect(architecture).toContain(session.identity.architecture)
  })

  test('decides with a distribution that depends on the market and not on what was asked before', async () => {
    const ask = questionAbout(context, backend, null)
    const other = questionAbout(marketContext({ symbol: 'ETH/USDT', rsi14: 12 }), backend, null)
    const first = await answered(ask)
    const between = await answered(other)
    const again = await answered(ask)
    expect(again.answers).toEqual(first.answers)
    expect(between.answers).not.toEqual(first.answers)
    expect(Object.keys(actionProbabilities(first)).sort()).toEqual(['buy', 'hold', 'sell'])
    expect(first.answers.map(({ question }) => question)).toEqual([
      ...new Set(ask.choices.map(({ question }) => question)),
    ])
  })

  test.each(['after', 'before'] as const)('explains itself %s it decides, within its limit', async (rationale) => {
    const answer = await answered(questionAbout(context, backend, 12, { rationale }))
    expect(answer.rationale).not.toBe('')
    expect(answer.tokens.output).toBeLessThanOrEqual(12 + answer.answers.length + 1)
    expect(actionProbabilities(answer)).toBeDefined()
  })

  test('gives a question back that is withdrawn while it writes, and answers the next one', async () => {
    const withdrawal = new AbortController()
    const pending = session.ask(questionAbout(context, backend, 1500), withdrawal.signal)
    setTimeout(() => withdrawal.abort(), 50)
    expect(await pending).toMatchObject({ ok: false, problem: { code: 'timeout' } })
    expect((await answered(questionAbout(context, backend, null))).answers.length).toBeGreaterThan(0)
  })

  test('leaves out what does not fit, the least important first, and refuses what cannot be trimmed', async () => {
    const ask = questionAbout(context, backend, null)
    const extras = ['short news', 'word '.repeat(2100), 'word '.repeat(2100)]
    const trimmed = await answered({ ...ask, extras })
    expect(trimmed.leftOut).toBe(2)
    expect(trimmed.answers).toEqual((await answered({ ...ask, extras: extras.slice(0, 1) })).answers)
    expect(await session.ask({ ...ask, document: 'word '.repeat(3000) })).toMatchObject({
      problem: { code: 'prompt_too_long' },
    })
  })

  test('is unloaded and loaded again with the same answer', async () => {
    const ask = questionAbout(context, backend, null)
    const before = await answered(ask)
    await session.dispose()
    await load()
    expect((await answered(ask)).answers).toEqual(before.answers)
  })
})

describe.each([
  ['llama', 'llama-spm'],
  ['qwen2', 'qwen2'],
  ['phi3', 'phi-3'],
  ['deepseek2', 'deepseek-coder'],
] as const satisfies readonly [Architecture, RealVocabulary][])('the tokenizer of %s', (architecture, vocabulary) => {
  let model: LlamaModel
  beforeAll(async () => {
    const path = writeRandomModel(join(folder, `tokenizer-${architecture}.gguf`), { architecture, weights: 'Q8_0' })
    const llama = await getLlama({ gpu: false, build: 'never', skipDownload: true, logLevel: LlamaLogLevel.disabled })
    model = await llama.loadModel({ modelPath: path })
  })
  afterAll(() => model?.dispose())

  test("gives llama.cpp's own tokens for llama.cpp's own cases", () => {
    const { continued } = openConversation(model, 'template')
    const cases = tokenizerCases(vocabulary)
    expect(cases.length).toBeGreaterThan(40)
    expect(cases.map(({ text }) => continued(text))).toEqual(cases.map(({ tokens }) => tokens))
  })
})
