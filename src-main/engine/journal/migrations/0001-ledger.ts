import { appendOnly } from '../append-only'
import type { Migration } from '../migrate'

/**
 * The first ledger. `events` is the truth and is covered by the hash chain; every other table of the desk's story is
 * folded from it, one row per event with the event's `seq` as its key, and is there to be read with any SQLite tool.
 * `measurements` (wall time, latency) stand beside the decisions, outside the chain: they differ between two runs
 * over the same data. Money is decimal text, times are UTC milliseconds.
 */
const tables = `
CREATE TABLE events (
  seq INTEGER PRIMARY KEY CHECK (seq > 0),
  at_ms INTEGER NOT NULL CHECK (at_ms >= 0),
  type TEXT NOT NULL CHECK (type <> ''),
  run_id TEXT NOT NULL,
  payload TEXT NOT NULL,
  prev_hash TEXT NOT NULL CHECK (length(prev_hash) = 64),
  hash TEXT NOT NULL CHECK (length(hash) = 64)
) STRICT;
CREATE INDEX events_by_run ON events (run_id);
CREATE INDEX events_of_orders ON events (run_id)
  WHERE type IN ('order.accepted', 'order.refused', 'order.filled', 'order.expired');

CREATE TABLE chain (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  events INTEGER NOT NULL CHECK (events >= 0),
  head TEXT NOT NULL CHECK (length(head) = 64)
) STRICT;
INSERT INTO chain (id, events, head) VALUES (1, 0, '${'0'.repeat(64)}');

CREATE TABLE runs (
  seq INTEGER PRIMARY KEY REFERENCES events (seq),
  run_id TEXT NOT NULL UNIQUE,
  ordinal INTEGER NOT NULL CHECK (ordinal > 0),
  venue TEXT NOT NULL,
  symbols TEXT NOT NULL,
  timeframe TEXT NOT NULL,
  from_ms INTEGER,
  to_ms INTEGER,
  model_preference TEXT,
  settings TEXT NOT NULL,
  starting_cash TEXT NOT NULL,
  started_at_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE run_ends (
  seq INTEGER PRIMARY KEY REFERENCES events (seq),
  run_id TEXT NOT NULL UNIQUE REFERENCES runs (run_id),
  decisions INTEGER NOT NULL CHECK (decisions >= 0),
  equity_end TEXT NOT NULL,
  finished_at_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE market_events (
  seq INTEGER PRIMARY KEY REFERENCES events (seq),
  run_id TEXT NOT NULL REFERENCES runs (run_id),
  symbol TEXT NOT NULL,
  timeframe TEXT NOT NULL,
  kind TEXT NOT NULL,
  detail TEXT NOT NULL,
  at_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE decisions (
  seq INTEGER PRIMARY KEY REFERENCES events (seq),
  decision_id TEXT NOT NULL UNIQUE,
  run_id TEXT NOT NULL REFERENCES runs (run_id),
  symbol TEXT NOT NULL,
  timeframe TEXT NOT NULL,
  candle_open_ms INTEGER NOT NULL CHECK (candle_open_ms >= 0),
  decided_at_ms INTEGER NOT NULL CHECK (decided_at_ms >= 0),
  action TEXT NOT NULL CHECK (action IN ('buy', 'sell', 'hold')),
  confidence REAL NOT NULL CHECK (confidence BETWEEN 0 AND 1),
  p_buy REAL NOT NULL CHECK (p_buy BETWEEN 0 AND 1),
  p_sell REAL NOT NULL CHECK (p_sell BETWEEN 0 AND 1),
  p_hold REAL NOT NULL CHECK (p_hold BETWEEN 0 AND 1),
  rationale TEXT NOT NULL,
  stop_loss TEXT,
  take_profit TEXT,
  stop_atr REAL,
  take_profit_atr REAL,
  exit_source TEXT NOT NULL,
  routed_to TEXT NOT NULL,
  served_by TEXT NOT NULL,
  route_reason TEXT NOT NULL,
  hops TEXT NOT NULL,
  model_hash TEXT NOT NULL,
  quantization TEXT NOT NULL,
  backend TEXT NOT NULL,
  llama_cpp_release TEXT NOT NULL,
  prompt_version TEXT NOT NULL,
  seed INTEGER NOT NULL,
  temperature REAL NOT NULL,
  tokens_input INTEGER NOT NULL CHECK (tokens_input >= 0),
  tokens_output INTEGER NOT NULL CHECK (tokens_output >= 0),
  context_hash TEXT NOT NULL,
  context TEXT NOT NULL,
  price REAL GENERATED ALWAYS AS (json_extract(context, '$.price')) VIRTUAL,
  volume REAL GENERATED ALWAYS AS (json_extract(context, '$.volume')) VIRTUAL,
  return_1 REAL GENERATED ALWAYS AS (json_extract(context, '$.return1')) VIRTUAL,
  return_4 REAL GENERATED ALWAYS AS (json_extract(context, '$.return4')) VIRTUAL,
  return_24 REAL GENERATED ALWAYS AS (json_extract(context, '$.return24')) VIRTUAL,
  rsi_14 REAL GENERATED ALWAYS AS (json_extract(context, '$.rsi14')) VIRTUAL,
  macd_histogram REAL GENERATED ALWAYS AS (json_extract(context, '$.macdHistogram')) VIRTUAL,
  atr_14 REAL GENERATED ALWAYS AS (json_extract(context, '$.atr14')) VIRTUAL,
  volatility REAL GENERATED ALWAYS AS (json_extract(context, '$.volatility')) VIRTUAL,
  volume_ratio REAL GENERATED ALWAYS AS (json_extract(context, '$.volumeRatio')) VIRTUAL,
  sentiment REAL GENERATED ALWAYS AS (json_extract(context, '$.sentiment')) VIRTUAL,
  has_position INTEGER GENERATED ALWAYS AS (json_extract(context, '$.hasPosition')) VIRTUAL
) STRICT;
CREATE INDEX decisions_by_run ON decisions (run_id);

CREATE TABLE measurements (
  seq INTEGER PRIMARY KEY REFERENCES decisions (seq),
  wall_at_ms INTEGER NOT NULL CHECK (wall_at_ms >= 0),
  latency_ms REAL NOT NULL CHECK (latency_ms >= 0),
  rationale_ms REAL NOT NULL CHECK (rationale_ms >= 0)
) STRICT;

CREATE TABLE orders (
  seq INTEGER PRIMARY KEY REFERENCES events (seq),
  order_id TEXT NOT NULL UNIQUE,
  run_id TEXT NOT NULL REFERENCES runs (run_id),
  decision_id TEXT REFERENCES decisions (decision_id),
  symbol TEXT NOT NULL,
  side TEXT NOT NULL CHECK (side IN ('buy', 'sell')),
  type TEXT NOT NULL,
  qty_base TEXT NOT NULL,
  reason TEXT NOT NULL,
  stop_loss TEXT,
  take_profit TEXT,
  placed_at_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX orders_by_decision ON orders (decision_id);
CREATE INDEX orders_by_run ON orders (run_id);

CREATE TABLE refusals (
  seq INTEGER PRIMARY KEY REFERENCES events (seq),
  refusal_id TEXT NOT NULL UNIQUE,
  run_id TEXT NOT NULL REFERENCES runs (run_id),
  decision_id TEXT REFERENCES decisions (decision_id),
  symbol TEXT NOT NULL,
  side TEXT NOT NULL CHECK (side IN ('buy', 'sell')),
  refused_by TEXT NOT NULL,
  code TEXT NOT NULL,
  message TEXT NOT NULL,
  refused_at_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX refusals_by_decision ON refusals (decision_id);
CREATE INDEX refusals_by_run ON refusals (run_id);

CREATE TABLE fills (
  seq INTEGER PRIMARY KEY REFERENCES events (seq),
  fill_id TEXT NOT NULL UNIQUE,
  order_id TEXT NOT NULL REFERENCES orders (order_id),
  run_id TEXT NOT NULL REFERENCES runs (run_id),
  symbol TEXT NOT NULL,
  side TEXT NOT NULL CHECK (side IN ('buy', 'sell')),
  price_quote TEXT NOT NULL,
  qty_base TEXT NOT NULL,
  notional_quote TEXT NOT NULL,
  fee TEXT NOT NULL,
  fee_asset TEXT NOT NULL,
  fee_quote TEXT NOT NULL,
  realized_quote TEXT NOT NULL,
  reference_price_quote TEXT NOT NULL,
  reason TEXT NOT NULL,
  filled_at_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX fills_by_order ON fills (order_id);
CREATE INDEX fills_by_position ON fills (run_id, symbol, side);

CREATE TABLE expiries (
  seq INTEGER PRIMARY KEY REFERENCES events (seq),
  order_id TEXT NOT NULL UNIQUE REFERENCES orders (order_id),
  run_id TEXT NOT NULL REFERENCES runs (run_id),
  symbol TEXT NOT NULL,
  reason TEXT NOT NULL,
  expired_at_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE desk_states (
  seq INTEGER PRIMARY KEY REFERENCES events (seq),
  run_id TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('active', 'paused', 'halted')),
  reason TEXT NOT NULL,
  set_by TEXT NOT NULL,
  at_ms INTEGER NOT NULL
) STRICT;
`

const appendOnlyTables = [
  'events',
  'runs',
  'run_ends',
  'market_events',
  'decisions',
  'measurements',
  'orders',
  'refusals',
  'fills',
  'expiries',
  'desk_states',
]

export const ledger: Migration = {
  version: 1,
  name: 'ledger',
  sql: [tables, ...appendOnlyTables.map(appendOnly)].join(''),
}
