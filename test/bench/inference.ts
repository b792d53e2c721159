import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { AskModel, LoadedModel, LoadModel, ModelAnswer } from '@shared/contract/inference'
import { z } from 'zod'
import { type InferenceChild, startInferenceChild } from '../../src-main/engine/gateway/backends/inference-child'
import { physicalCores } from '../../src-main/engine/gateway/backends/physical-cores'
import { marketDocument } from '../../src-main/engine/gateway/prompt/market-document'
import { promptBook, questionAbout } from '../helpers/model-questions'
import type { Benchmark, BenchPlaces } from './benchmark'
import { writeBenchModel } from './inference-model'
import {
  decisionContext,
  jsonSession,
  llamaServer,
  openModel,
  type Rival,
  type RivalOptions,
  type RivalTask,
} from './inference-rivals'
import { percentile } from './percentile'
import { recordedContexts } from './recorded-contexts'

const rationaleTokens = 60
const contextTokens = 2048
/** Decisions of each way that nobody times: the first ones pay for caches. */
const untimed = 2
const patienceMs = 600_000
const questionsAtOnce = 32

const optionsSchema = z.object({
  decisions: z.coerce.number().int().positive(),
  threads: z.coerce.number().int().positive(),
  gpu: z.enum(['auto', 'off']),
  model: z.string().optional(),
})

/**
 * A decision as the desk asks for it, beside the plain ways, on the same model, prompt and threads: `ratio` and `ms`
 * with a market that was not seen before, as on the desk, each way with whatever its own cache keeps; `askedAgain` with
 * the very same prompt a second time. The ways take turns on each market, so that a machine that slows down slows all of them down.
 */
export const inference: Benchmark = {
  name: 'inference',
  summary: 'a decision beside JSON sessions, decision contexts and llama-server; throughput (QUARTET_LLAMA_SERVER)',
  async run(args, places) {
    const { values } = parseArgs({
      args: [...args],
      options: {
        decisions: { type: 'string', default: '12' },
        threads: { type: 'string', default: String(physicalCores()) },
        gpu: { type: 'string', default: 'off' },
        model: { type: 'string' },
      },
    })
    const { decisions, threads, gpu, model } = optionsSchema.parse(values)
    const path = model ?? writeBenchModel(places.scratchDir)
    const load = { path, adapterPath: null, threads, gpu, contextTokens, sequences: 1, form: 'template' } as const
    const all = await recordedContexts(places)
    const contexts = all.filter((_, index) => index % 7 === 0).slice(0, decisions + untimed)
    const compared = await compare(load, contexts, places)
    const throughput = await measureThroughput(load, all.slice(-questionsAtOnce), places)
    const start = await measureStart(load, contexts, places)
    return { ...compared, throughput, firstDecisionMs: start, threads, decisions }
  },
}

type Contexts = Awaited<ReturnType<typeof recordedContexts>>

async function compare(load: LoadModel, contexts: Contexts, places: BenchPlaces) {
  const rivalOptions: RivalOptions = {
    modelPath: load.path,
    threads: load.threads,
    gpu: load.gpu === 'off' ? false : load.gpu,
    contextTokens: load.contextTokens,
  }
  // First, because it is the one that may not start.
  const serverProgram = process.env.QUARTET_LLAMA_SERVER
  const server = serverProgram === undefined ? null : await llamaServer(serverProgram, task, rivalOptions)
  const { child, loaded } = await startLoaded(load, places)
  const model = await openModel(rivalOptions)
  const rivals: Record<string, Rival> = {
    json: await jsonSession(model, task, rivalOptions),
    decisionContext: await decisionContext(model, task, 1, rivalOptions),
    decisionContextThree: await decisionContext(model, task, task.questions.length, rivalOptions),
    ...(server === null ? {} : { llamaServer: server }),
  }
  const newMarket = createTimes()
  const samePrompt = createTimes()
  try {
    for (const context of contexts) {
      // The first round meets a market that nobody has seen, the second one the very same prompt again.
      for (const times of [newMarket, samePrompt]) {
        for (const [name, count, rationale] of ourWays) {
          const asked = firstQuestions(questionAbout(context, slot, rationale, { optionOrders: 1 }), count)
          // Nothing that another way has left behind may help this one.
          if (times === newMarket) await child.ask(otherMarket(asked), patienceMs)
          const { answer, ms } = await timedAsk(child, asked)
          times.note(name, ms)
          if (name === 'action') times.note('overhead', ms - answer.decisionMs - answer.waitedMs)
        }
        for (const [name, rival] of Object.entries(rivals)) {
          const startedAt = performance.now()
          await rival.decide(marketDocument(context))
          times.note(name, performance.now() - startedAt)
        }
      }
    }
  } finally {
    for (const rival of Object.values(rivals)) await rival.close()
    await model.dispose()
    await child.stop()
  }
  return {
    ratio: newMarket.ratios(),
    overheadMs: newMarket.p50('overhead'),
    ms: newMarket.all(),
    askedAgain: { ratio: samePrompt.ratios(), ms: samePrompt.all() },
    model: { sizeBytes: loaded.sizeBytes, quantization: loaded.quantization, device: deviceOf(loaded) },
  }
}

function createTimes() {
  const times: Record<string, number[]> = {}
  const p50 = (name: string): number | null => {
    const timed = times[name]?.slice(untimed) ?? []
    return timed.length === 0 ? null : rounded(percentile(timed, 0.5))
  }
  const ratio = (one: string, other: string): number | null => {
    const [left, right] = [p50(one), p50(other)]
    return left === null || right === null ? null : rounded(left / right)
  }
  return {
    note(name: string, ms: number): void {
      times[name] = [...(times[name] ?? []), ms]
    },
    p50,
    all: () => Object.fromEntries(Object.keys(times).map((name) => [name, p50(name)])),
    ratios: () => ({
      actionToJson: ratio('action', 'json'),
      actionToLlamaServer: ratio('action', 'llamaServer'),
      actionToDecisionContext: ratio('action', 'decisionContext'),
      threeQuestionsToOne: ratio('threeQuestions', 'action'),
      threeQuestionsToOneAsItComes: ratio('decisionContextThree', 'decisionContext'),
      withRationaleToJson: ratio('withRationale', 'json'),
    }),
  }
}

function otherMarket(ask: AskModel): AskModel {
  return { ...ask, document: 'another market', choices: ask.choices.slice(0, 1), rationale: null }
}

const slot = { servedBy: 'qwen', form: 'template' } as const

/** Name, questions asked, tokens of rationale. The action in one order, as the others ask it. */
const ourWays = [
  ['action', 1, null],
  ['threeQuestions', 3, null],
  ['withRationale', 1, rationaleTokens],
] as const

function firstQuestions(ask: AskModel, count: number): AskModel {
  return { ...ask, choices: ask.choices.slice(0, count) }
}

const task: RivalTask = {
  instruction: promptBook.decision.template.instruction,
  questions: promptBook.decision.template.questions.slice(0, 3).map(({ name, text, options }) => ({
    name,
    text,
    options: Object.fromEntries(options.map((option) => [option.meaning, option.text])),
  })),
}

/** Decisions a second, and how long they waited in line, with all of them asked at once. */
async function measureThroughput(load: LoadModel, contexts: Contexts, places: BenchPlaces) {
  const figures = []
  for (const sequences of [1, 4, 16]) {
    const { child, loaded } = await startLoaded({ ...load, sequences }, places)
    try {
      const asks = contexts.map((context) =>
        firstQuestions(questionAbout(context, slot, null, { optionOrders: 1, priority: 'backtest' }), 1),
      )
      // Every sequence reads the fixed part once.
      await Promise.all(asks.slice(0, sequences).map((ask) => child.ask(otherMarket(ask), patienceMs)))
      const startedAt = performance.now()
      const answers = await Promise.all(asks.map((ask) => timedAsk(child, ask)))
      const seconds = (performance.now() - startedAt) / 1000
      const waited = answers.map(({ answer }) => answer.waitedMs)
      figures.push({
        sequences: loaded.sequences,
        decisionsPerSecond: rounded(answers.length / seconds),
        queueMs: { p50: rounded(percentile(waited, 0.5)), p99: rounded(percentile(waited, 0.99)) },
      })
    } finally {
      await child.stop()
    }
  }
  return figures
}

/** From the start of the process to its first answer, with the model file in the system's cache and without. */
async function measureStart(load: LoadModel, contexts: Contexts, places: BenchPlaces) {
  const [context] = contexts
  if (context === undefined) throw new Error('There is no recorded market')
  const ask = firstQuestions(questionAbout(context, slot, null, { optionOrders: 1 }), 1)
  const once = async (): Promise<number> => {
    const startedAt = performance.now()
    const { child } = await startLoaded(load, places)
    await child.ask(ask, patienceMs)
    const ms = performance.now() - startedAt
    await child.stop()
    return rounded(ms)
  }
  return { coldFileCache: forgetFile(load.path) ? await once() : null, warmFileCache: await once() }
}

/** Asks the system to drop the file from its cache (GNU dd, nocache); false where that is not to be had. */
function forgetFile(path: string): boolean {
  const { status } = spawnSync('dd', [`if=${path}`, 'iflag=nocache', 'count=0'], { stdio: 'ignore' })
  return status === 0
}

async function startLoaded(
  load: LoadModel,
  { programsDir }: BenchPlaces,
): Promise<{ child: InferenceChild; loaded: LoadedModel }> {
  const child = startInferenceChild({
    program: join(programsDir, 'inference.js'),
    nodePath: process.execPath,
    generation: 1,
    onExit: ({ expected, how, lastWords }) => {
      if (!expected) process.stderr.write(`The inference process ended (${how}): ${lastWords}\n`)
    },
  })
  const loaded = await child.load(load, patienceMs)
  if (!loaded.ok) throw new Error(loaded.problem.message)
  return { child, loaded: loaded.value }
}

async function timedAsk(child: InferenceChild, ask: AskModel): Promise<{ answer: ModelAnswer; ms: number }> {
  const startedAt = performance.now()
  const answer = await child.ask(ask, patienceMs)
  if (!answer.ok) throw new Error(answer.problem.message)
  return { answer: answer.value, ms: performance.now() - startedAt }
}

function deviceOf({ gpu, deviceNames }: LoadedModel): string {
  return gpu === false ? 'cpu' : `${gpu} ${deviceNames.join(', ')}`
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000
}
