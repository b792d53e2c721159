import { appendOnly } from '../append-only'
import type { Migration } from '../migrate'

/**
 * Orders of every type: what they say beyond side and quantity, their triggers and trailing prices, fills in parts and
 * who took from whom, and whether an order ended by itself or was cancelled.
 */
export const orderTypes: Migration = {
  version: 4,
  name: 'order-types',
  sql: `
ALTER TABLE orders ADD COLUMN price_quote TEXT;
ALTER TABLE orders ADD COLUMN stop_price_quote TEXT;
ALTER TABLE orders ADD COLUMN trailing_delta_bps INTEGER;
ALTER TABLE orders ADD COLUMN time_in_force TEXT;
ALTER TABLE orders ADD COLUMN reduce_only INTEGER CHECK (reduce_only IN (0, 1));
ALTER TABLE orders ADD COLUMN list_id TEXT;
ALTER TABLE orders ADD COLUMN iceberg_qty_base TEXT;
ALTER TABLE fills ADD COLUMN role TEXT CHECK (role IN ('maker', 'taker'));
ALTER TABLE fills ADD COLUMN leaves_qty_base TEXT;
ALTER TABLE fills ADD COLUMN leaves_position INTEGER CHECK (leaves_position IN (0, 1));
ALTER TABLE expiries ADD COLUMN status TEXT CHECK (status IN ('cancelled', 'expired'));

CREATE TABLE order_triggers (
  seq INTEGER PRIMARY KEY REFERENCES events (seq),
  order_id TEXT NOT NULL REFERENCES orders (order_id),
  run_id TEXT NOT NULL REFERENCES runs (run_id),
  symbol TEXT NOT NULL,
  price_quote TEXT NOT NULL,
  at_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE order_trails (
  seq INTEGER PRIMARY KEY REFERENCES events (seq),
  order_id TEXT NOT NULL REFERENCES orders (order_id),
  run_id TEXT NOT NULL REFERENCES runs (run_id),
  symbol TEXT NOT NULL,
  best_price_quote TEXT NOT NULL,
  at_ms INTEGER NOT NULL
) STRICT;
${appendOnly('order_triggers')}${appendOnly('order_trails')}
`,
}
