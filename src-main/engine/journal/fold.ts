import { canonicalJson } from '@shared/contract/canonical'
import type { Decision } from '@shared/contract/decision'
import type { JournalEvent } from '@shared/contract/journal'
import { unreachable } from '@shared/contract/outcome'

export type Cell = string | number | null

/** The one row that an event leaves in the table of its kind, by column name; `seq` is added by the writer. */
export interface FoldedRow {
  readonly table: DerivedTable
  readonly row: Readonly<Record<string, Cell>>
}

/** Tables folded from events, one for each kind of event. */
export const derivedTables = [
  'runs',
  'run_ends',
  'market_events',
  'decisions',
  'orders',
  'refusals',
  'fills',
  'expiries',
  'order_triggers',
  'order_trails',
  'desk_states',
  'protection_acts',
  'news',
] as const

export type DerivedTable = (typeof derivedTables)[number]

/** Writer and verifier both use this function: a row is right when folding its event again gives it. */
export function foldEvent(event: JournalEvent): FoldedRow {
  switch (event.type) {
    case 'run.started': {
      const { runId, ordinal, spec, startingCash } = event.payload
      const row = {
        run_id: runId,
        ordinal,
        ...runColumns(spec),
        starting_cash: startingCash,
        started_at_ms: event.atMs,
      }
      return { table: 'runs', row }
    }
    case 'run.finished': {
      const { runId, decisions, equityEnd } = event.payload
      return { table: 'run_ends', row: { run_id: runId, decisions, equity_end: equityEnd, finished_at_ms: event.atMs } }
    }
    case 'market.anomaly': {
      const { runId, symbol, timeframe, anomaly } = event.payload
      const detail = canonicalJson(anomaly)
      return {
        table: 'market_events',
        row: { run_id: runId, symbol, timeframe, kind: anomaly.kind, detail, at_ms: event.atMs },
      }
    }
    case 'decision.made':
      return { table: 'decisions', row: decisionColumns(event.payload) }
    case 'order.accepted': {
      const order = event.payload
      return {
        table: 'orders',
        row: {
          order_id: order.orderId,
          run_id: order.runId,
          decision_id: order.decisionId,
          symbol: order.symbol,
          side: order.side,
          type: order.type,
          qty_base: order.qtyBase,
          reason: order.reason,
          stop_loss: order.stopLoss,
          take_profit: order.takeProfit,
          placed_at_ms: order.placedAtMs,
          price_quote: order.priceQuote ?? null,
          stop_price_quote: order.stopPriceQuote ?? null,
          trailing_delta_bps: order.trailingDeltaBps ?? null,
          time_in_force: order.timeInForce ?? null,
          reduce_only: flag(order.reduceOnly),
          list_id: order.listId ?? null,
          iceberg_qty_base: order.icebergQtyBase ?? null,
        },
      }
    }
    case 'order.refused': {
      const refusal = event.payload
      return {
        table: 'refusals',
        row: {
          refusal_id: refusal.refusalId,
          run_id: refusal.runId,
          decision_id: refusal.decisionId,
          symbol: refusal.symbol,
          side: refusal.side,
          refused_by: refusal.by,
          code: refusal.code,
          message: refusal.message,
          refused_at_ms: refusal.atMs,
        },
      }
    }
    case 'order.filled': {
      const fill = event.payload
      return {
        table: 'fills',
        row: {
          fill_id: fill.fillId,
          order_id: fill.orderId,
          run_id: fill.runId,
          symbol: fill.symbol,
          side: fill.side,
          price_quote: fill.priceQuote,
          qty_base: fill.qtyBase,
          notional_quote: fill.notionalQuote,
          fee: fill.fee,
          fee_asset: fill.feeAsset,
          fee_quote: fill.feeQuote,
          realized_quote: fill.realizedQuote,
          reference_price_quote: fill.referencePriceQuote,
          reason: fill.reason,
          filled_at_ms: fill.filledAtMs,
          role: fill.role ?? null,
          leaves_qty_base: fill.leavesQtyBase ?? null,
          leaves_position: flag(fill.leavesPosition),
        },
      }
    }
    case 'order.expired': {
      const { orderId, runId, symbol, reason, status } = event.payload
      const row = {
        order_id: orderId,
        run_id: runId,
        symbol,
        reason,
        expired_at_ms: event.atMs,
        status: status ?? null,
      }
      return { table: 'expiries', row }
    }
    case 'order.triggered': {
      const { orderId, runId, symbol, priceQuote } = event.payload
      const row = { order_id: orderId, run_id: runId, symbol, price_quote: priceQuote, at_ms: event.atMs }
      return { table: 'order_triggers', row }
    }
    case 'order.trailed': {
      const { orderId, runId, symbol, bestPriceQuote } = event.payload
      const row = { order_id: orderId, run_id: runId, symbol, best_price_quote: bestPriceQuote, at_ms: event.atMs }
      return { table: 'order_trails', row }
    }
    case 'desk.state': {
      const { runId, state, reason, by } = event.payload
      return { table: 'desk_states', row: { run_id: runId, state, reason, set_by: by, at_ms: event.atMs } }
    }
    case 'protection.acted': {
      const { runId, code, symbol, reason, untilMs, counters } = event.payload
      const row = {
        run_id: runId,
        code,
        symbol,
        reason,
        until_ms: untilMs,
        counters: canonicalJson(counters),
        at_ms: event.atMs,
      }
      return { table: 'protection_acts', row }
    }
    case 'news.read': {
      const headline = event.payload
      const row = {
        run_id: headline.runId,
        headline_id: headline.headlineId,
        title: headline.title,
        source: headline.source,
        link: headline.link,
        published_at_ms: headline.publishedAtMs,
        known_at_ms: headline.knownAtMs,
        assets: canonicalJson(headline.assets),
        scorer: headline.scorer,
        score: headline.score,
        read_at_ms: event.atMs,
      }
      return { table: 'news', row }
    }
    default:
      return unreachable(event)
  }
}

type RecordedSpec = Extract<JournalEvent, { type: 'run.started' }>['payload']['spec']

/** SQLite's way of a truth value; absent stays absent. */
function flag(value: boolean | undefined): number | null {
  return value === undefined ? null : Number(value)
}

function runColumns(spec: RecordedSpec) {
  return {
    venue: spec.venue,
    symbols: canonicalJson(spec.symbols),
    timeframe: spec.timeframe,
    from_ms: spec.fromMs,
    to_ms: spec.toMs,
    model_preference: spec.modelPreference,
    settings: canonicalJson(spec.settings),
    data_hash: spec.dataHash ?? null,
  }
}

function decisionColumns(decision: Decision) {
  const { probabilities, model, tokens } = decision
  return {
    decision_id: decision.decisionId,
    run_id: decision.runId,
    symbol: decision.symbol,
    timeframe: decision.timeframe,
    candle_open_ms: decision.candleOpenMs,
    decided_at_ms: decision.decidedAtMs,
    action: decision.action,
    confidence: decision.confidence,
    p_buy: probabilities.buy,
    p_sell: probabilities.sell,
    p_hold: probabilities.hold,
    order_bias: decision.orderBias ?? null,
    conviction: decision.conviction ?? null,
    calibrated_confidence: decision.calibrated?.confidence ?? null,
    calibration: decision.calibrated ? `${decision.calibrated.method}/${decision.calibrated.samples}` : null,
    rationale: decision.rationale,
    stop_loss: decision.stopLoss,
    take_profit: decision.takeProfit,
    stop_atr: decision.stopAtr,
    take_profit_atr: decision.takeProfitAtr,
    exit_source: decision.exitSource,
    routed_to: decision.routedTo,
    served_by: decision.servedBy,
    route_reason: decision.routeReason,
    hops: canonicalJson(decision.hops),
    model_hash: model.modelHash,
    quantization: model.quantization,
    backend: model.backend,
    llama_cpp_release: model.llamaCppRelease,
    prompt_version: model.promptVersion,
    seed: model.seed,
    temperature: model.temperature,
    tokens_input: tokens.input,
    tokens_output: tokens.output,
    context_hash: decision.contextHash,
    context: canonicalJson(decision.context),
  }
}
