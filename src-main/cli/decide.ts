import { readFile } from 'node:fs/promises'
import type { MarketSymbol, Timeframe } from '@shared/contract/candle'
import type { DecideAnswer } from '@shared/contract/decide-answer'
import { readDecideRequest } from '@shared/contract/decide-request'
import type { Slot } from '@shared/contract/model'
import { failure, type Outcome } from '@shared/contract/outcome'
import type { Engine } from '../engine/engine'
import { openEngineHere } from '../engine/open-here'
import type { Places } from '../engine/places'
import { failWith } from './exit'
import { percent, print, table } from './output'

export interface DecideOptions {
  readonly symbol?: MarketSymbol
  readonly timeframe: Timeframe
  readonly at?: number
  readonly candles?: string
  /** Recorded headlines. */
  readonly news?: string
  readonly model?: Slot
  readonly context?: string
  readonly json: boolean
}

/** One decision, on recorded history or on a context from a file; journalled, never traded. */
export async function decide(places: Places, options: DecideOptions): Promise<number> {
  const { context, symbol, at, news } = options
  if (context === undefined && (symbol === undefined || at === undefined)) {
    return failWith({ code: 'wrong_usage', message: 'Name --symbol and --at, or give a request body with --context.' })
  }
  if (context !== undefined && (symbol !== undefined || at !== undefined || news !== undefined)) {
    return failWith({
      code: 'wrong_usage',
      message: '--context brings its own symbol, time and sentiment: leave --symbol, --at and --news out.',
    })
  }
  const opened = await openEngineHere(places)
  if (!opened.ok) return failWith(opened.problem)
  const engine = opened.value
  try {
    const answered = await ask(engine, places, options)
    if (!answered.ok) return failWith(answered.problem)
    return print(options.json, answered.value, () => answerLines(answered.value))
  } finally {
    await engine.close()
  }
}

async function ask(engine: Engine, places: Places, options: DecideOptions): Promise<Outcome<DecideAnswer>> {
  const { context, symbol, at, timeframe, model } = options
  if (symbol !== undefined && at !== undefined) {
    const candlesDir = options.candles ?? places.sampleDataDir
    const newsFile = options.news ?? null
    return engine.decideAt({ symbol, timeframe, atMs: at, candlesDir, newsFile, modelPreference: model ?? null })
  }
  const path = context ?? ''
  const text = await readFile(path, 'utf8').catch(() => null)
  if (text === null) return failure('context_unreadable', `${path} cannot be read. Give a JSON file.`)
  const request = readDecideRequest(text)
  if (!request.ok) return failure(request.problem.code, `${path}: ${request.problem.message}`)
  return engine.decide(model === undefined ? request.value : { ...request.value, model_preference: model })
}

function answerLines(answer: DecideAnswer): string[] {
  const { probabilities } = answer
  return [
    `${answer.action.toUpperCase()} ${answer.symbol} with probability ${percent(answer.confidence)}`,
    answer.rationale,
    ...table([
      [
        'probabilities',
        `buy ${percent(probabilities.buy)}, sell ${percent(probabilities.sell)}, hold ${percent(probabilities.hold)}`,
      ],
      ['stop loss', answer.stopLoss ?? 'none'],
      ['take profit', answer.takeProfit ?? 'none'],
      ['routed to', `${answer.routedTo} (${answer.routeReason})`],
      ['served by', answer.servedBy],
      ['decision', answer.decisionId],
    ]),
    'A probability says how sure the model is, not how likely a profit is.',
  ]
}
