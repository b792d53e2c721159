import { appendOnly } from '../append-only'
import type { Migration } from '../migrate'

/**
 * What risk did: `protection_acts`, and the state `reduce_only`, which older rows call `paused`. SQLite cannot change a
 * CHECK, so the table of states is written anew; its rows stay as they were, because the events they come from do.
 */
export const protections: Migration = {
  version: 3,
  name: 'protections',
  sql: `
CREATE TABLE desk_states_anew (
  seq INTEGER PRIMARY KEY REFERENCES events (seq),
  run_id TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('active', 'reduce_only', 'halted', 'paused')),
  reason TEXT NOT NULL,
  set_by TEXT NOT NULL,
  at_ms INTEGER NOT NULL
) STRICT;
INSERT INTO desk_states_anew SELECT seq, run_id, state, reason, set_by, at_ms FROM desk_states;
DROP TABLE desk_states;
ALTER TABLE desk_states_anew RENAME TO desk_states;

CREATE TABLE protection_acts (
  seq INTEGER PRIMARY KEY REFERENCES events (seq),
  run_id TEXT NOT NULL REFERENCES runs (run_id),
  code TEXT NOT NULL,
  symbol TEXT,
  reason TEXT NOT NULL,
  until_ms INTEGER,
  counters TEXT NOT NULL,
  at_ms INTEGER NOT NULL
) STRICT;
${appendOnly('desk_states')}${appendOnly('protection_acts')}
`,
}
