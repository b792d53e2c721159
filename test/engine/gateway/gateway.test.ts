import type { Probabilities } from '@shared/contract/decision'
import { type LoadedModel, type ModelProblemCode, modelProblemCodeSchema } from '@shared/contract/inference'
import type { Slot } from '@shared/contract/model'
import { settingsSchema } from '@shared/contract/settings'
import { describe, expect, it } from 'vitest'
import type { Backend } from '../../../src-main/engine/gateway/backends/backend'
import { type Gateway, openGateway } from '../../../src-main/engine/gateway/gateway'
import { promptBook } from '../../helpers/model-questions'
import { marketContext } from './market-context'

const model: LoadedModel = {
  modelHash: 'ab'.repeat(32),
  sizeBytes: 1,
  architecture: 'llama',
  quantization: 'Q8_0',
  trainContextTokens: 4096,
  contextTokens: 4096,
  sequences: 1,
  llamaCppRelease: 'b1',
  gpu: false,
  deviceNames: [],
  loadMs: 1,
}

interface Script {
  readonly probabilities?: Probabilities
  /** Every attempt ends this way before the answer, or instead of it. */
  readonly fails?: readonly ModelProblemCode[]
  readonly answers?: boolean
  readonly healthy?: boolean
}

/** A backend that does what the test says and notes when it was asked. */
function scripted(servedBy: Backend['servedBy'], script: Script, asked: string[]): Backend {
  const { probabilities = { buy: 0.7, sell: 0.1, hold: 0.2 }, fails = [], answers = fails.length === 0 } = script
  return {
    servedBy,
    form: 'template',
    async ask() {
      asked.push(servedBy)
      const answer = {
        answers: [{ question: 'action', probabilities, orderBias: null }],
        leftOut: 0,
        waitedMs: 0,
        rationale: 'Because.',
        tokens: { input: 9, output: 2 },
        decisionMs: 1,
        rationaleMs: 2,
      }
      return {
        problems: fails.map((code) => ({ code, message: `/models/x.gguf, process 4711: ${code}` })),
        answered: answers ? { answer, model, isRecalled: false } : null,
      }
    },
    warmUp: async () => undefined,
    health: () => ({ healthy: script.healthy ?? true, reason: 'as the test says' }),
    reopen: () => undefined,
    close: async () => undefined,
  }
}

function deskOf(own: Partial<Record<Slot, Script>>, starter: Script = {}): { gateway: Gateway; asked: string[] } {
  const asked: string[] = []
  const slots: Slot[] = ['deepseek', 'qwen', 'fingpt', 'phi3']
  let now = 0
  const gateway = openGateway({
    settings: settingsSchema.parse({}),
    prompts: promptBook,
    clock: () => {
      now += 5
      return now
    },
    backends: {
      own: new Map(slots.flatMap((slot) => (own[slot] ? [[slot, scripted(slot, own[slot], asked)]] : []))),
      starter: scripted('starter', starter, asked),
    },
  })
  return { gateway, asked }
}

function never(): never {
  throw new Error('The model was asked for a rationale')
}

const wild = { context: marketContext({ volatility: 0.86 }), preference: null }
const dies: Script = { fails: ['inference_exited', 'inference_exited'] }

describe('Who answers', () => {
  it("is the slot's own model, and one hop says so", async () => {
    const { gateway, asked } = deskOf({ qwen: {}, deepseek: {} })
    expect(await gateway.decide(wild)).toMatchObject({
      routedTo: 'qwen',
      servedBy: 'qwen',
      routeReason: 'volatility 0.86 is above 0.80',
      hops: [{ servedBy: 'qwen', outcome: 'answered' }],
      model: {
        modelHash: model.modelHash,
        quantization: 'Q8_0',
        backend: 'node-llama-cpp cpu',
        seed: 7,
        temperature: 0,
      },
    })
    expect(asked).toEqual(['qwen'])
  })

  it('is the starter where the slot has no model of its own, and the slot stays the one routed to', async () => {
    const { gateway, asked } = deskOf({ deepseek: {} })
    expect(await gateway.decide(wild)).toMatchObject({
      routedTo: 'qwen',
      servedBy: 'starter',
      hops: [
        { servedBy: 'qwen', outcome: 'not_installed' },
        { servedBy: 'starter', outcome: 'answered' },
      ],
    })
    expect(asked).toEqual(['starter'])
  })

  it('is the same model after a retry, which is recorded', async () => {
    const { gateway } = deskOf({ qwen: { fails: ['inference_exited'], answers: true } })
    const answer = await gateway.decide(wild)
    expect(answer.hops.map(({ servedBy, outcome }) => [servedBy, outcome])).toEqual([
      ['qwen', 'inference_exited'],
      ['qwen', 'answered'],
    ])
    expect(answer.servedBy).toBe('qwen')
  })

  const chains: [string, Partial<Record<Slot, Script>>, Script, string[], string][] = [
    ['DeepSeek first', { qwen: dies, fingpt: {}, deepseek: {}, phi3: {} }, {}, ['qwen', 'deepseek'], 'deepseek'],
    [
      'then the other slots in order',
      { qwen: dies, fingpt: dies, deepseek: dies, phi3: {} },
      {},
      ['qwen', 'deepseek', 'fingpt', 'phi3'],
      'phi3',
    ],
    [
      'passing over slots that are not healthy',
      { qwen: dies, fingpt: { healthy: false }, deepseek: dies, phi3: {} },
      {},
      ['qwen', 'deepseek', 'phi3'],
      'phi3',
    ],
    ['then the starter', { qwen: dies, deepseek: dies }, {}, ['qwen', 'deepseek', 'starter'], 'starter'],
    ['the starter alone where nothing else is installed', { qwen: dies }, {}, ['qwen', 'starter'], 'starter'],
    ['the other models where the starter is the one that fails', { phi3: {} }, dies, ['starter', 'phi3'], 'phi3'],
    ['and in the end nobody', { qwen: dies, deepseek: dies }, dies, ['qwen', 'deepseek', 'starter'], 'none'],
  ]
  it.each(chains)('after failures: %s', async (_, own, starter, order, servedBy) => {
    const { gateway, asked } = deskOf(own, starter)
    const answer = await gateway.decide(wild)
    expect(asked).toEqual(order)
    expect(answer.servedBy).toBe(servedBy)
  })

  it('is whoever was asked for, whatever the rules say', async () => {
    const { gateway } = deskOf({ qwen: {}, phi3: {} })
    expect(await gateway.decide({ ...wild, preference: 'phi3' })).toMatchObject({ routedTo: 'phi3', servedBy: 'phi3' })
  })
})

describe('The answer', () => {
  it('is to hold with no confidence at all when no model could answer, and says who was tried', async () => {
    const { gateway } = deskOf({ qwen: { fails: ['not_a_gguf'] } }, { fails: ['model_missing'] })
    expect(await gateway.decide(wild)).toMatchObject({
      action: 'hold',
      probabilities: { buy: 0, sell: 0, hold: 1 },
      confidence: 0,
      servedBy: 'none',
      rationale: 'No model could answer (qwen not_a_gguf, starter model_missing), so the desk holds.',
      model: { modelHash: '', backend: 'none' },
      tokens: { input: 0, output: 0 },
    })
  })

  it('is the most probable action with its probability; a tie goes to hold, then to sell', async () => {
    const actionFor = async (probabilities: Probabilities): Promise<[string, number]> => {
      const { action, confidence } = await deskOf({}, { probabilities }).gateway.decide(wild)
      return [action, confidence]
    }
    expect(await actionFor({ buy: 0.5, sell: 0.2, hold: 0.3 })).toEqual(['buy', 0.5])
    expect(await actionFor({ buy: 0.4, sell: 0.2, hold: 0.4 })).toEqual(['hold', 0.4])
    expect(await actionFor({ buy: 0.4, sell: 0.4, hold: 0.2 })).toEqual(['sell', 0.4])
  })

  it('holds nothing that the hash chain may not cover: no path, no process id, no time in any hop', async () => {
    for (const code of modelProblemCodeSchema.options) {
      const { hops, rationale } = await deskOf({ qwen: { fails: [code] } }, { fails: [code] }).gateway.decide(wild)
      expect(JSON.stringify([hops, rationale])).not.toMatch(/\/models|4711/)
    }
  })
})

describe('The rationale', () => {
  const sold = { probabilities: { buy: 0.1, sell: 0.8, hold: 0.1 } }

  it("is a desk model's own text", async () => {
    const answer = await deskOf({ qwen: sold }).gateway.decide(wild)
    expect(answer.rationale).toBe('Because.')
    expect(answer.hops.at(-1)?.detail).toBe('')
  })

  it("is the rule's where the starter's words do not hold, and the hop says so", async () => {
    const answer = await deskOf({}, sold).gateway.decide(wild)
    expect(answer.rationale).toMatch(/^Selling /)
    expect(answer.hops.at(-1)?.detail).toBe("The rationale is the rule's: the model's own words did not hold.")
  })

  it('is empty where the settings ask for none, and the model is not asked for one', async () => {
    const asked: string[] = []
    const starter = scripted('starter', sold, asked)
    const gateway = openGateway({
      settings: settingsSchema.parse({ inference: { rationale: 'off' } }),
      prompts: promptBook,
      clock: () => 0,
      backends: {
        own: new Map(),
        starter: { ...starter, ask: (question) => (question.rationale === null ? starter.ask(question) : never()) },
      },
    })
    expect(await gateway.decide(wild)).toMatchObject({ servedBy: 'starter', rationale: '' })
  })
})

describe('The health of a slot', () => {
  it('counts what was routed to it, what failed on the way, and how long decisions took', async () => {
    const { gateway } = deskOf({ qwen: { fails: ['inference_exited'], answers: true } })
    await gateway.decide(wild)
    await gateway.decide(wild)
    await gateway.decide({ ...wild, preference: 'phi3' })
    const [deepseek, qwen, , phi3] = gateway.health()
    expect(deepseek).toMatchObject({
      slot: 'deepseek',
      requests: 0,
      errors: 0,
      latencyP50Ms: null,
      servedBy: 'starter',
    })
    expect(qwen).toMatchObject({
      slot: 'qwen',
      requests: 2,
      errors: 2,
      latencyP50Ms: 5,
      servedBy: 'qwen',
      healthy: true,
    })
    expect(phi3).toMatchObject({ slot: 'phi3', requests: 1, errors: 0, installed: false, servedBy: 'starter' })
  })

  it('names the starter for a slot whose own model is not healthy, and nobody when that is not healthy either', () => {
    const sick = { healthy: false }
    expect(deskOf({ qwen: sick }).gateway.health()[1]).toMatchObject({ healthy: false, servedBy: 'starter' })
    expect(deskOf({ qwen: sick }, sick).gateway.health()[1]).toMatchObject({ healthy: false, servedBy: 'none' })
  })
})
