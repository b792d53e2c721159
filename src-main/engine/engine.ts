/**
 * The composition root: the one file that knows all rooms and gives each its neighbours, its clock and its paths.
 * It is what the command line, the HTTP API, the screens and every test talk to.
 */
import { type MarketSymbol, timeframeMs } from '@shared/contract/candle'
import type { DecideAnswer } from '@shared/contract/decide-answer'
import type { DecideRequest } from '@shared/contract/decide-request'
import type { DeskCalls, DeskPush } from '@shared/contract/desk-calls'
import type { ChainHead, JournalEvent } from '@shared/contract/journal'
import type { SlotHealth } from '@shared/contract/model'
import { type Outcome, type Problem, success } from '@shared/contract/outcome'
import type { AnswerSettings, Settings } from '@shared/contract/settings'
import { calibrator } from '@shared/rules/calibration'
import { readCalibration } from './analysis/calibration-file'
import { paperFloor } from './broker/paper-floor'
import { createCandleBook } from './candle-book'
import { watchCommands } from './command-file'
import { type Desk, type DeskDecider, type DeskOptions, openDesk } from './desk/desk'
import type { AnswerCounts } from './gateway/answer-cache/answer-cache'
import { createGateway, type Gateway } from './gateway/gateway'
import type { GatewayLog } from './gateway/gateway-log'
import { openLedger } from './journal/ledger'
import type { RunTotals } from './journal/queries'
import type { WallClock } from './market/clock'
import { loadSymbolRules } from './market/exchange-rules'
import type { Venue } from './market/venue'
import { watchMarketFeed } from './market-feed'
import { createModelDesk, type ModelDesk } from './model-calls'
import { cacheUse, openAnswersHere } from './open-answers'
import { openLibraryHere } from './open-library'
import { openVenue } from './open-venue'
import { createQuestions, type MomentRequest } from './questions'
import { openRunNews, type RunNews } from './run-news'
import { beginRun, carryState, findRun, type RunRequest, runSpec, takenUpFromMs } from './runs'
import { createScreenCalls } from './screen-calls'

export interface EngineOptions {
  readonly places: {
    /** The trader's data: ledger, settings. */
    readonly dataDir: string
    /** Where the ledger lies if not in the data folder: a backtest keeps its own. */
    readonly ledgerDir?: string
    readonly starterPath: string
    readonly exchangeInfoPath: string
    readonly promptsDir: string
    readonly assetNamesPath: string
    readonly inferenceProgram: string
    readonly nodePath: string
    readonly modelFilesProgram: string
    readonly cataloguePath: string
  }
  readonly settings: Settings
  /** When models' answers are kept and taken again; never without this. */
  readonly answers?: AnswerSettings
  readonly clock: WallClock
  readonly log: GatewayLog
  /** In the place of the models: a backtest's own policy. `history`: what the ledger holds of the run already. */
  readonly decider?: (history: readonly JournalEvent[]) => DeskDecider
}

export interface StartedRun {
  readonly runId: string
  /** The ledger already held a part of this run; it goes on where it was left. */
  readonly resumed: boolean
  readonly decisionsBefore: number
  /** What a trader should know of the market before the first candle. */
  readonly notices: readonly string[]
  readonly desk: Desk
}

export interface Engine {
  /** Prepares a run; the caller drives it with `desk.run`. One run at a time is on the screen: the last one started. */
  startRun(request: RunRequest): Promise<Outcome<StartedRun>>
  runTotals(runId: string): RunTotals
  /** Decides on a context that a caller describes; journalled, never traded. */
  decide(request: DecideRequest): Promise<Outcome<DecideAnswer>>
  /** Decides on recorded history as it stood at a moment; journalled, never traded. */
  decideAt(request: MomentRequest): Promise<Outcome<DecideAnswer>>
  chainHead(): ChainHead
  /** Questions that were answered from before, and those that went to a model; zeroes where no answers are kept. */
  answerCounts(): AnswerCounts
  health(): SlotHealth[]
  readonly calls: DeskCalls
  readonly models: Pick<ModelDesk, 'calls' | 'subscribe'>
  /** Tells after every commit of the run on the screen. */
  subscribe(listener: (push: DeskPush) => void): () => void
  /** Ends the inference processes and closes the ledger. */
  close(): Promise<void>
}

/** How late a candle of a live market is decided on. */
function freshnessOf(venue: Venue, clock: WallClock): NonNullable<DeskOptions<never>['freshness']> {
  return (symbol, closedAtMs) => ({
    symbol,
    lengthMs: timeframeMs[venue.timeframe],
    ageMs: Math.max(0, (venue.nowMs ?? clock.nowMs)() - closedAtMs),
    feedProblem: feedProblem(venue, symbol),
  })
}

/** One silent symbol is no reason to hold the others. */
function feedProblem(venue: Venue, symbol: MarketSymbol): string | null {
  const problem = venue.problem()
  if (problem === null) return null
  const concernsOthers = problem.code === 'feed_stale' && venue.staleSymbols?.().includes(symbol) === false
  return concernsOthers ? null : problem.message
}

export async function openEngine(options: EngineOptions): Promise<Outcome<Engine>> {
  const { places, settings, clock, log } = options
  const ledgerDir = places.ledgerDir ?? places.dataDir
  const calibration = readCalibration(places.dataDir)
  if (!calibration.ok) return calibration
  const maps = calibration.value
  const opened = openLedger({ dir: ledgerDir, clock: clock.nowMs })
  if (!opened.ok) return opened
  const ledger = opened.value
  const rules = await loadSymbolRules(places.exchangeInfoPath)
  if (!rules.ok) {
    ledger.close()
    return rules
  }
  const rulesOf = rules.value
  const library = openLibraryHere(places, process.env)
  const usable = await library.usableFiles()
  // What is decided with is what was installed: a file that has changed since is not loaded, and its slot goes without.
  const modelFiles = usable.ok ? usable.value.files : settings.inference.modelFiles
  if (!usable.ok) log.warn({ problem: usable.problem }, 'The model library cannot be used')
  else for (const model of usable.value.refused) log.warn({ model }, 'A model file is not what was installed')
  const models = createModelDesk(library, modelFiles)
  const installed = { ...settings, inference: { ...settings.inference, modelFiles } }
  const { answers: answerSettings = { cache: 'off', mostBytes: 1 } } = options
  const answers = openAnswersHere(places, answerSettings, { log, nowMs: clock.nowMs })
  const gateway = createGateway({
    ...places,
    settings: installed,
    log,
    clock: () => performance.now(),
    answers,
  })
  const decideIn =
    (venue: Parameters<typeof cacheUse>[1]): Gateway['decide'] =>
    (request) =>
      gateway.decide({ ...request, cache: cacheUse(answerSettings, venue) })
  // The model loads while the caller is still opening its market: the first decision should not wait for it.
  void gateway.warmUp()

  const candles = createCandleBook()
  const questions = createQuestions({
    ledger,
    decide: decideIn('request'),
    settings,
    calibration: maps,
    rulesOf,
    clock,
    openNews: (request) => openRunNews(request, { places, settings: installed, gateway, clock, log }),
  })
  const screen = createScreenCalls({ ledger, gateway, candles, settings, dataDir: places.dataDir })

  let commands: { close(): void } | null = null
  const runNews: RunNews[] = []

  let market: Venue | null = null
  const tellFeed = (problem: Problem | null): void => {
    if (problem === null) log.info({}, 'The market is heard again')
    else log.warn({ problem }, 'The market is not heard')
    screen.feedChanged()
  }

  async function startRun(request: RunRequest): Promise<Outcome<StartedRun>> {
    const opened = await openRunNews(request, { places, settings: installed, gateway, clock, log })
    if (!opened.ok) return opened
    const news = opened.value
    runNews.push(news)
    const decidedWith = { ...settings, news: news.settings }
    const specOver = (dataHash: string | null) => runSpec(request, decidedWith, dataHash, news.newsHash)
    await market?.close()
    const known = request.venue === 'replay' ? null : takenUpFromMs(findRun(ledger, specOver(null)))
    const venue = await openVenue(
      { ...request, fromMs: known ?? request.fromMs },
      clock,
      places.dataDir,
      tellFeed,
      screen.feedChanged,
    )
    if (!venue.ok) return venue
    market = venue.value
    const notices = market.notices ?? []
    // How a recording is settled is no trouble; what an exchange has changed may be.
    const level = request.venue === 'replay' ? 'info' : 'warn'
    for (const notice of notices) log[level]({ notice }, 'The market')
    const found = findRun(ledger, specOver(venue.value.dataHash))
    const startsAtMs = request.venue === 'binance' ? (venue.value.nowMs ?? clock.nowMs)() : (request.fromMs ?? 0)
    const begun = beginRun(ledger, found, startsAtMs)
    if (!begun.ok) return begun
    news.begin(venue.value.nowMs ?? clock.nowMs)
    const { runId, spec, history } = begun.value
    const desk = openDesk({
      runId,
      spec,
      history,
      venue: candles.watch(venue.value),
      floor: paperFloor({
        runId,
        timeframe: spec.timeframe,
        settings,
        rulesOf: (symbol) => venue.value.rules?.(symbol) ?? rulesOf(symbol),
      }),
      journal: ledger,
      decide: options.decider?.(history) ?? (async (asked) => success(await decideIn(request.venue)(asked))),
      calibrate: calibrator(maps, spec.timeframe),
      news: news.source,
      wallClock: clock.nowMs,
      ...(request.venue === 'binance' ? { freshness: freshnessOf(venue.value, clock) } : {}),
    })
    const carried = await carryState(ledger, runId, desk)
    if (!carried.ok) return carried
    screen.show({ runId, spec, desk, news, feed: watchMarketFeed(venue.value) ?? (() => null) })
    commands?.close()
    commands = watchCommands(ledgerDir, desk.command, (message) => log.warn({ message }, 'A command'))
    return success({
      runId,
      resumed: found.history.length > 0,
      decisionsBefore: desk.status().decisions,
      desk,
      notices,
    })
  }

  return success({
    startRun,
    runTotals: ledger.runTotals,
    decide: questions.decide,
    decideAt: questions.decideAt,
    chainHead: ledger.head,
    answerCounts: () => answers?.counts() ?? { recalled: 0, asked: 0 },
    health: gateway.health,
    calls: screen.calls,
    subscribe: screen.subscribe,
    models,
    async close() {
      commands?.close()
      await market?.close()
      await Promise.all(runNews.map((news) => news.close()))
      await models.close()
      await gateway.close()
      answers?.close()
      ledger.close()
    },
  })
}
