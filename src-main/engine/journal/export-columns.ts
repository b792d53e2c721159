/**
 * What kind of value a column of the decision log holds; each format writes a kind in its own way.
 *
 * - `word`: one of a closed set of words or a symbol, which never needs quoting; `text`: anything else
 * - `json`: a JSON document
 * - `decimal`: exact decimal text (money, quantities); `real`: a float; `integer`; `flag`: 0 or 1
 * - `time`: UTC milliseconds
 */
export type ColumnKind = 'word' | 'text' | 'json' | 'decimal' | 'real' | 'integer' | 'flag' | 'time'

export interface ExportColumn {
  readonly name: string
  readonly kind: ColumnKind
  /** Expression over `exportSource`. */
  readonly sql: string
}

/**
 * A decision with its measurement, the order or the refusal that it led to, that order's first fill
 * (and how many there were), and, for a fill that
 * bought, the sell that closed the position afterwards. Each is joined by a single `seq`, so that a decision is one
 * line whatever followed from it.
 */
export const exportSource = `decisions d
  LEFT JOIN measurements m ON m.seq = d.seq
  LEFT JOIN orders o ON o.seq = (SELECT min(seq) FROM orders WHERE decision_id = d.decision_id)
  LEFT JOIN refusals r ON r.seq = (SELECT min(seq) FROM refusals WHERE decision_id = d.decision_id)
  LEFT JOIN fills f ON f.seq = (SELECT min(seq) FROM fills WHERE order_id = o.order_id)
  LEFT JOIN expiries x ON x.order_id = o.order_id
  LEFT JOIN fills c ON f.side = 'buy' AND c.seq = (
    SELECT min(seq) FROM fills WHERE run_id = f.run_id AND symbol = f.symbol AND side = 'sell' AND seq > f.seq)`

const outcome = `CASE
  WHEN f.seq IS NOT NULL THEN 'filled'
  WHEN x.seq IS NOT NULL THEN 'expired'
  WHEN o.seq IS NOT NULL THEN 'pending'
  WHEN r.seq IS NOT NULL THEN 'refused'
  ELSE 'none' END`

function columns(kind: ColumnKind, table: string, names: readonly string[]): ExportColumn[] {
  return names.map((name) => ({ name, kind, sql: `${table}.${name}` }))
}

function column(name: string, kind: ColumnKind, sql: string): ExportColumn {
  return { name, kind, sql }
}

/** A moment twice: in milliseconds for programs, and as ISO 8601 for people (Parquet: as a timestamp). */
function moment(name: string, sql: string): ExportColumn[] {
  return [column(`${name}_ms`, 'integer', sql), column(`${name}_at`, 'time', sql)]
}

/** The decision log's columns, in order; the same names and values in every format. */
export const exportColumns: readonly ExportColumn[] = [
  ...columns('text', 'd', ['decision_id', 'run_id']),
  ...columns('word', 'd', ['symbol', 'timeframe']),
  ...moment('candle_open', 'd.candle_open_ms'),
  ...moment('decided', 'd.decided_at_ms'),
  ...columns('word', 'd', ['action']),
  ...columns('real', 'd', ['p_buy', 'p_sell', 'p_hold', 'confidence', 'calibrated_confidence']),
  ...columns('word', 'd', ['calibration']),
  ...columns('real', 'd', ['order_bias', 'conviction']),
  ...columns('word', 'd', ['routed_to', 'served_by']),
  ...columns('text', 'd', ['route_reason']),
  ...columns('json', 'd', ['hops']),
  ...columns('text', 'd', ['rationale']),
  ...columns('decimal', 'd', ['stop_loss', 'take_profit']),
  ...columns('real', 'd', ['stop_atr', 'take_profit_atr']),
  ...columns('word', 'd', ['exit_source']),
  ...columns('text', 'd', ['model_hash', 'quantization', 'backend', 'llama_cpp_release', 'prompt_version']),
  ...columns('integer', 'd', ['seed']),
  ...columns('real', 'd', ['temperature']),
  ...columns('integer', 'd', ['tokens_input', 'tokens_output']),
  ...columns('real', 'm', ['latency_ms', 'rationale_ms']),
  ...moment('answered', 'm.wall_at_ms'),
  column('outcome', 'word', outcome),
  column('order_id', 'text', 'o.order_id'),
  column('order_side', 'word', 'coalesce(o.side, r.side)'),
  column('order_qty_base', 'decimal', 'o.qty_base'),
  column('refused_by', 'word', 'r.refused_by'),
  column('refusal_code', 'text', 'r.code'),
  column('refusal_message', 'text', 'r.message'),
  column('fill_count', 'integer', '(SELECT count(*) FROM fills WHERE order_id = o.order_id)'),
  column('fill_price_quote', 'decimal', 'f.price_quote'),
  column('fill_qty_base', 'decimal', 'f.qty_base'),
  column('fill_notional_quote', 'decimal', 'f.notional_quote'),
  column('fill_fee', 'decimal', 'f.fee'),
  column('fill_fee_asset', 'word', 'f.fee_asset'),
  column('fill_fee_quote', 'decimal', 'f.fee_quote'),
  column('fill_realized_quote', 'decimal', 'f.realized_quote'),
  ...moment('filled', 'f.filled_at_ms'),
  column('closed_by', 'word', 'c.reason'),
  column('closed_price_quote', 'decimal', 'c.price_quote'),
  column('closed_realized_quote', 'decimal', 'c.realized_quote'),
  ...moment('closed', 'c.filled_at_ms'),
  ...columns('real', 'd', ['price', 'volume', 'return_1', 'return_4', 'return_24', 'rsi_14', 'macd_histogram']),
  ...columns('real', 'd', ['atr_14', 'volatility', 'volume_ratio', 'sentiment']),
  ...columns('flag', 'd', ['has_position']),
  ...columns('text', 'd', ['context_hash']),
  ...columns('json', 'd', ['context']),
]

/** ISO 8601 in UTC with milliseconds; null stays null. */
export function isoTime(sql: string): string {
  return `strftime('%Y-%m-%dT%H:%M:%fZ', ${sql} / 1000.0, 'unixepoch')`
}

/** The log as one plain query, for other SQLite programs. */
export const exportQuery = `SELECT ${exportColumns
  .map(({ name, kind, sql }) => `${kind === 'time' ? isoTime(sql) : sql} AS ${name}`)
  .join(', ')} FROM ${exportSource} ORDER BY d.seq`
