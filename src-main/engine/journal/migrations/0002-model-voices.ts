import type { Migration } from '../migrate'

/** What a model said beside its probabilities, what calibration made of them, and which candles a run was over. */
export const modelVoices: Migration = {
  version: 2,
  name: 'model-voices',
  sql: `
ALTER TABLE runs ADD COLUMN data_hash TEXT;
ALTER TABLE decisions ADD COLUMN order_bias REAL CHECK (order_bias BETWEEN 0 AND 1);
ALTER TABLE decisions ADD COLUMN conviction REAL CHECK (conviction BETWEEN 0 AND 1);
ALTER TABLE decisions ADD COLUMN calibrated_confidence REAL CHECK (calibrated_confidence BETWEEN 0 AND 1);
ALTER TABLE decisions ADD COLUMN calibration TEXT;
`,
}
