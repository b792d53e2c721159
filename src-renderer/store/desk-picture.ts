import type { Candle, MarketSymbol } from '@shared/contract/candle'
import type { Decision, DecisionMeasurement } from '@shared/contract/decision'
import type { DeskPush, DeskSnapshot, RecentDecision } from '@shared/contract/desk-calls'
import type { JournalEvent } from '@shared/contract/journal'
import { type Fate, fateOf, fatesAfter } from './fate'

/**
 * What the screen knows of the desk. It is a value: read once from the engine, then folded forward by pushes. Every
 * list is bounded, so that the screen needs the same memory after a month as after a minute.
 */
export interface DeskPicture {
  readonly snapshot: DeskSnapshot
  /** Newest first. */
  readonly decisions: readonly DecisionRow[]
  /** Orders, refusals, fills and changes of state; newest first. */
  readonly activity: readonly JournalEvent[]
  /** Oldest first. */
  readonly candles: ReadonlyMap<MarketSymbol, readonly Candle[]>
}

/** A decision with what became of it. A row that nothing happened to stays the same object, so it is not drawn again. */
export interface DecisionRow {
  readonly decision: Decision
  readonly measurement: DecisionMeasurement | null
  readonly fate: Fate
}

/** What the engine answered when the picture was read. */
export interface DeskReading {
  readonly snapshot: DeskSnapshot
  readonly decisions: readonly RecentDecision[]
  readonly activity: readonly JournalEvent[]
  readonly candles: ReadonlyMap<MarketSymbol, readonly Candle[]>
}

/** The contract's own limit of one reading; the screen keeps no more than it can read again. */
export const MOST_DECISIONS = 500
export const MOST_ACTIVITY = 500
export const CANDLES_READ = 1_000
/** Candles are dropped in blocks: the chart then redraws once in a block, not with every candle. */
export const MOST_CANDLES = 2_000

/** Events of the desk that the screen lists beside the decisions. */
const listedTypes: ReadonlySet<JournalEvent['type']> = new Set([
  'order.accepted',
  'order.refused',
  'order.filled',
  'order.expired',
  'desk.state',
  'protection.acted',
])

export function pictureFrom(reading: DeskReading): DeskPicture {
  const { snapshot } = reading
  const fates = fatesAfter(new Map(), reading.activity.toReversed())
  const ofThisRun = reading.decisions.filter(
    ({ decision }) => snapshot.run === null || decision.runId === snapshot.run.runId,
  )
  return {
    snapshot,
    decisions: ofThisRun.slice(0, MOST_DECISIONS).map(({ decision, measurement }) => ({
      decision,
      measurement,
      fate: fates.get(decision.decisionId) ?? fateOf(decision),
    })),
    activity: reading.activity.filter((event) => listedTypes.has(event.type)).slice(0, MOST_ACTIVITY),
    candles: reading.candles,
  }
}

/**
 * The picture after pushes, oldest first. What the picture already holds (it arrived while the picture was being
 * read) changes nothing; a push of another run is the caller's reason to read everything again.
 */
export function foldPushes(picture: DeskPicture, pushes: readonly DeskPush[]): DeskPicture {
  const events = pushes.flatMap((push) => push.events)
  return {
    snapshot: pushes.reduce(laterSnapshot, picture.snapshot),
    decisions: foldDecisions(
      picture.decisions,
      events,
      pushes.flatMap((push) => push.measurements),
    ),
    activity: foldActivity(picture.activity, events),
    candles: pushes.reduce((candles, push) => foldCandle(candles, push.candle), picture.candles),
  }
}

function laterSnapshot(snapshot: DeskSnapshot, push: DeskPush): DeskSnapshot {
  return push.snapshot.chain.events >= snapshot.chain.events ? push.snapshot : snapshot
}

function foldDecisions(
  rows: readonly DecisionRow[],
  events: readonly JournalEvent[],
  measured: readonly DecisionMeasurement[],
): readonly DecisionRow[] {
  const measurements = new Map(measured.map((measurement) => [measurement.decisionId, measurement]))
  const known = new Map(rows.map(({ decision, fate }) => [decision.decisionId, fate]))
  const arrived: DecisionRow[] = []
  for (const event of events) {
    if (event.type !== 'decision.made' || known.has(event.payload.decisionId)) continue
    const row = { decision: event.payload, measurement: null, fate: fateOf(event.payload) }
    known.set(row.decision.decisionId, row.fate)
    arrived.push(row)
  }
  const fates = fatesAfter(known, events)
  if (arrived.length === 0 && fates === known && measurements.size === 0) return rows

  return [...arrived.toReversed(), ...rows].slice(0, MOST_DECISIONS).map((row) => {
    const fate = fates.get(row.decision.decisionId) ?? row.fate
    const measurement = measurements.get(row.decision.decisionId) ?? row.measurement
    return fate === row.fate && measurement === row.measurement ? row : { ...row, fate, measurement }
  })
}

function foldActivity(activity: readonly JournalEvent[], events: readonly JournalEvent[]): readonly JournalEvent[] {
  const listed = events.filter((event) => listedTypes.has(event.type))
  if (listed.length === 0) return activity
  const held = new Set(activity.map(activityKey))
  const arrived = listed.filter((event) => !held.has(activityKey(event))).toReversed()
  return arrived.length === 0 ? activity : [...arrived, ...activity].slice(0, MOST_ACTIVITY)
}

/** Tells the events of the activity list apart: an order is accepted, filled or expired once. */
export function activityKey(event: JournalEvent): string {
  switch (event.type) {
    case 'order.accepted':
    case 'order.expired':
      return `${event.type} ${event.payload.orderId}`
    case 'order.filled':
      return `${event.type} ${event.payload.fillId}`
    case 'order.refused':
      return `${event.type} ${event.payload.refusalId}`
    case 'desk.state':
      return `${event.type} ${event.payload.runId} ${event.atMs} ${event.payload.state} ${event.payload.reason}`
    case 'protection.acted':
      return `${event.type} ${event.payload.runId} ${event.atMs} ${event.payload.code} ${event.payload.symbol}`
    case 'order.triggered':
      return `${event.type} ${event.payload.orderId}`
    case 'order.trailed':
      return `${event.type} ${event.payload.orderId} ${event.payload.bestPriceQuote}`
    case 'decision.made':
      return `${event.type} ${event.payload.decisionId}`
    case 'news.read':
      return `${event.type} ${event.payload.headlineId}`
    case 'market.anomaly':
      return `${event.type} ${event.payload.symbol} ${event.atMs} ${event.payload.anomaly.kind}`
    case 'run.started':
    case 'run.finished':
      return `${event.type} ${event.payload.runId}`
  }
}

function foldCandle(candles: DeskPicture['candles'], arrived: DeskPush['candle']): DeskPicture['candles'] {
  if (arrived === null) return candles
  const before = candles.get(arrived.symbol) ?? []
  const last = before.at(-1)
  if (last !== undefined && arrived.candle.openTimeMs <= last.openTimeMs) return candles
  const after = [...before, arrived.candle]
  return new Map(candles).set(arrived.symbol, after.length > MOST_CANDLES ? after.slice(-CANDLES_READ) : after)
}
