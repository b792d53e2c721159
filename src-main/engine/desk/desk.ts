/**
 * The desk room: the decision cycle. One step takes one closed candle of one symbol through settle, context, ask,
 * validate, trade; the journal takes the whole step in one transaction; only then does anybody hear of it.
 */
import { closeTimeMs, type MarketSymbol } from '@shared/contract/candle'
import type { MarketContext } from '@shared/contract/context'
import type { Decision, DecisionMeasurement } from '@shared/contract/decision'
import type { ChainHead, DeskState, JournalEvent, RunSpec } from '@shared/contract/journal'
import type { MarketTick, MarketUpdate } from '@shared/contract/market-data'
import type { Slot } from '@shared/contract/model'
import type { AccountSummary, OrderTicket } from '@shared/contract/order'
import { type Failure, failure, type Outcome, success } from '@shared/contract/outcome'
import type { RiskState } from '@shared/contract/protection'
import type { Calibrator } from '@shared/rules/calibration'
import type { GatewayAnswer } from '../gateway/gateway'
import type { Venue } from '../market/venue'
import { anomalyEvents } from './anomaly-events'
import { contextBuilders } from './context-builders'
import { recordDecision } from './decision'
import { commandEvent, type DeskCommand } from './desk-command'
import { blankMemory, isDecided, remember } from './desk-memory'
import { ordersByHand } from './hand-orders'
import { contentId } from './identity'
import { heldIfLate } from './late-candle'
import { type DeskNews, newsOfStep } from './news-reading'
import { settlePassedCandles } from './passed-candles'
import { createTickQueue } from './tick-queue'
import { type DecidedCandle, standingAfter, type TradingFloor } from './trading-floor'
import { createTurns } from './turns'

export interface DeskJournal {
  /** Appends the step in one transaction; a failure means that nothing of it was written. */
  commit(step: {
    readonly events: readonly JournalEvent[]
    readonly measurements: readonly DecisionMeasurement[]
  }): Outcome<ChainHead>
}

/** Whoever decides. A failure means that nobody can say what the answer is: the run ends before this candle. */
export type DeskDecider = (request: {
  context: MarketContext
  preference: Slot | null
}) => Promise<Outcome<GatewayAnswer>>

export interface DeskOptions<Account> {
  readonly runId: string
  readonly spec: RunSpec
  /** Everything the ledger already holds of this run, oldest first; empty for a new run. */
  readonly history: Iterable<JournalEvent>
  readonly venue: Venue
  readonly floor: TradingFloor<Account>
  readonly journal: DeskJournal
  readonly decide: DeskDecider
  /** How fresh the market is whose candle closed then; null, or absent, where it is recorded. */
  readonly freshness?: (symbol: MarketSymbol, closedAtMs: number) => DecidedCandle | null
  /** What the confidence of a model was worth so far. */
  readonly calibrate: Calibrator
  /** Headlines; null where news are off. */
  readonly news?: DeskNews | null
  /** UTC milliseconds of the real world, for measurements only: never for the journal's events. */
  wallClock(): number
}

/** What everybody may know after a step is in the journal. */
export interface DeskChange {
  readonly events: readonly JournalEvent[]
  readonly measurements: readonly DecisionMeasurement[]
  readonly update: MarketUpdate | null
  readonly chain: ChainHead
}

export interface DeskStatus {
  readonly state: DeskState
  readonly stateReason: string
  /** Close of the last decided candle; null before the first decision. */
  readonly marketTimeMs: number | null
  readonly decisions: number
  readonly account: AccountSummary
  readonly risk: RiskState
}

/** `finished`: the market ended. `stopped`: the signal ended the run between two steps; it can be continued. */
export type RunEnd = 'finished' | 'stopped'

export interface Desk {
  status(): DeskStatus
  /**
   * Runs until the venue ends or the signal fires; a failure is the journal's, the market's or the decider's, and nothing
   * acknowledged is lost. A run that has finished stays as it is.
   */
  run(signal: AbortSignal): Promise<Outcome<RunEnd>>
  command(command: DeskCommand): Promise<Outcome<DeskStatus>>
  /**
   * Places an order that the trader wrote down; answers with what the exchange said (accepted or refused), or with nothing
   * where the same ticket came before.
   */
  place(ticket: OrderTicket): Promise<Outcome<readonly JournalEvent[]>>
  /** Takes an order off the books; nothing happens where it is open no more. */
  cancel(orderId: string): Promise<Outcome<readonly JournalEvent[]>>
  subscribe(listener: (change: DeskChange) => void): () => void
}

export function openDesk<Account>(options: DeskOptions<Account>): Desk {
  const { runId, spec, venue, floor, journal } = options
  const listeners = new Set<(change: DeskChange) => void>()
  const builderOf = contextBuilders(venue, spec.timeframe)
  let memory = blankMemory(floor)
  const ticks = createTickQueue(spec.timeframe)
  /** Close of the candle that is being decided on, or was last. */
  let decidingMs = 0
  /** A turn to settle ticks is already on its way. */
  let tickTurn = false
  let tickFailure: Failure<string> | null = null

  const history = [...options.history]
  // Only trades and books leave something behind that the journal does not hold.
  const passBy = spec.fills === undefined ? null : settlePassedCandles(history, floor)
  for (const event of history) memory = remember(memory, [event], floor, spec.settings.news)
  floor.resume(memory.account, history)

  /** Steps, ticks and the trader's orders take turns: each acts on an account that nobody else is changing. */
  const inTurn = createTurns()

  function commit(
    events: readonly JournalEvent[],
    measurements: readonly DecisionMeasurement[],
    update: MarketUpdate | null,
  ): Outcome<ChainHead> {
    const committed = journal.commit({ events, measurements })
    if (!committed.ok) return committed
    memory = remember(memory, events, floor, spec.settings.news)
    for (const listener of listeners) listener({ events, measurements, update, chain: committed.value })
    return committed
  }

  async function step(update: MarketUpdate): Promise<Outcome<ChainHead | null>> {
    const { symbol, timeframe, candle, anomalies } = update
    const drained = settleTicks()
    if (!drained.ok) return drained
    const atMs = closeTimeMs(candle, timeframe)
    const builder = builderOf(symbol)
    builder.observe(candle)
    if (isDecided(memory.cursor, { atMs, symbol })) {
      passBy?.(update)
      return success(null)
    }

    const startedAt = performance.now()
    const odd = anomalies.map((anomaly) => ({ symbol, timeframe, anomaly }))
    const noticed = anomalyEvents(odd, runId, atMs)
    const happened = ticks.hasSeenAll(update) ? { ...update, inside: alreadySettled } : update
    const before = memory.account
    let settled = floor.settle(before, happened)
    let account = floor.fold(before, settled)
    decidingMs = atMs
    const news = await newsOfStep(options.news ?? null, memory.headlines, { runId, symbol, atMs })
    const context = builder.contextFor(floor.view(account, symbol, candle.close, atMs), news.context)
    const late = heldIfLate(context, options.freshness?.(symbol, atMs) ?? null, spec)
    const asked = late === null ? await options.decide({ context, preference: spec.modelPreference }) : success(late)
    if (!asked.ok) return asked
    const answer = asked.value
    // The trader did not wait for the model: the candle meets the account as the command has left it.
    if (memory.account !== before) {
      settled = floor.settle(memory.account, happened)
      account = floor.fold(memory.account, settled)
    }
    const decision = recordDecision({
      decisionId: contentId('decision', runId, symbol, timeframe, candle.openTimeMs),
      runId,
      context,
      answer,
      exits: floor.exits(answer.action, context, answer.askedExits),
      calibrate: options.calibrate,
    })
    const made = { type: 'decision.made', atMs, payload: decision } satisfies JournalEvent
    const decided = floor.fold(account, [made])
    const guarded = floor.protect(decided, memory, atMs, options.freshness?.(symbol, atMs) ?? null)
    const placedAtMs = Math.max(atMs, venue.nowMs?.() ?? atMs)
    const traded = floor.trade(floor.fold(decided, guarded), decision, standingAfter(memory, guarded).state, placedAtMs)
    const events = [...noticed, ...settled, ...news.events, made, ...guarded, ...traded]
    return commit(events, [measure(decision, answer, startedAt)], update)
  }

  /** Settles what came between two steps. An order book of a symbol without orders or position is only noted. */
  function settleTicks(): Outcome<ChainHead | null> {
    let committed: Outcome<ChainHead | null> = success(null)
    for (const tick of ticks.drain()) {
      const events = floor.tick(memory.account, tick)
      if (events.length === 0) continue
      committed = commit(events, [], null)
      if (!committed.ok) return committed
    }
    return committed
  }

  function takeTick(tick: MarketTick): void {
    ticks.add(tick)
    if (tickTurn) return
    tickTurn = true
    void inTurn(async () => {
      tickTurn = false
      const settled = settleTicks()
      if (!settled.ok) tickFailure = settled
    })
  }

  function measure(decision: Decision, answer: GatewayAnswer, startedAt: number): DecisionMeasurement {
    return {
      decisionId: decision.decisionId,
      wallAtMs: options.wallClock(),
      latencyMs: performance.now() - startedAt,
      rationaleMs: answer.rationaleMs,
    }
  }

  async function finish(): Promise<Outcome<ChainHead>> {
    const atMs = memory.cursor?.atMs ?? spec.toMs ?? 0
    const noticed = anomalyEvents(venue.trailing(), runId, atMs)
    const expired = floor.expire(memory.account, atMs)
    const equityEnd = floor.summarize(floor.fold(memory.account, expired)).equity
    const payload = { runId, decisions: memory.decisions, equityEnd }
    return commit([...noticed, ...expired, { type: 'run.finished', atMs, payload }], [], null)
  }

  /** At once, also while a step waits for its model: a kill switch that waits its turn is none. */
  async function obey(command: DeskCommand): Promise<Outcome<DeskStatus>> {
    const atMs = nowMs()
    const changed = commandEvent(command, { runId, atMs, killSwitch: spec.settings.risk.killSwitch })
    const closing = command === 'kill' ? floor.flatten(memory.account, atMs) : []
    if (command === 'kill' && memory.state === 'halted' && closing.length === 0) return success(status())
    // A protection that is still in force takes a resumed desk back at once.
    const resumed = { state: 'active', stateBy: 'user' } as const
    const guarded =
      command === 'resume' ? floor.protect(floor.fold(memory.account, [changed]), resumed, atMs, null) : []
    const committed = commit([changed, ...closing, ...guarded], [], null)
    return committed.ok ? success(status()) : committed
  }

  /** Journals what an order by hand made happen; nothing is written where nothing did. */
  function commitOrders(events: readonly JournalEvent[]): Outcome<readonly JournalEvent[]> {
    if (events.length === 0) return success([])
    const committed = commit(events, [], null)
    return committed.ok ? success(events) : committed
  }

  async function place(ticket: OrderTicket): Promise<Outcome<readonly JournalEvent[]>> {
    const placed = ordersByHand(memory, ticket, { venue, floor, atMs: nowMs() })
    return placed.ok ? commitOrders(placed.value) : placed
  }

  /** The market's clock. */
  function nowMs(): number {
    const decidedMs = Math.max(memory.cursor?.atMs ?? spec.fromMs ?? 0, decidingMs)
    return Math.max(decidedMs, venue.nowMs?.() ?? decidedMs)
  }

  function status(): DeskStatus {
    return {
      state: memory.state,
      stateReason: memory.stateReason,
      marketTimeMs: memory.cursor?.atMs ?? null,
      decisions: memory.decisions,
      account: floor.summarize(memory.account),
      risk: floor.riskState(memory.account, memory.cursor?.atMs ?? spec.fromMs ?? 0),
    }
  }

  return {
    status,
    async run(signal) {
      if (memory.finished) return success('finished')
      const stopTicks = venue.ticks?.(takeTick)
      try {
        for await (const update of venue.updates(signal, memory.cursor?.atMs)) {
          if (signal.aborted) break
          const stepped = await inTurn(() => step(update))
          if (!stepped.ok) return stepped
          if (tickFailure !== null) return tickFailure
        }
      } finally {
        stopTicks?.()
      }
      if (signal.aborted) return success('stopped')
      const problem = venue.problem()
      if (problem !== null) return failure(problem.code, problem.message)
      const finished = await inTurn(finish)
      return finished.ok ? success('finished') : finished
    },
    command: obey,
    place: (ticket) => inTurn(() => place(ticket)),
    cancel: (orderId) => inTurn(async () => commitOrders(floor.cancel(memory.account, orderId, nowMs()))),
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

/** A candle whose trades were all settled as they came has nothing left to fill. */
const alreadySettled = { kind: 'ticks', ticks: [], isWhole: true } as const
