import { appendOnly } from '../append-only'
import type { Migration } from '../migrate'

/** Headlines that decisions could use, each once a run. */
export const news: Migration = {
  version: 5,
  name: 'news',
  sql: `
CREATE TABLE news (
  seq INTEGER PRIMARY KEY REFERENCES events (seq),
  run_id TEXT NOT NULL REFERENCES runs (run_id),
  headline_id TEXT NOT NULL,
  title TEXT NOT NULL,
  source TEXT NOT NULL,
  link TEXT,
  published_at_ms INTEGER,
  known_at_ms INTEGER NOT NULL CHECK (known_at_ms <= read_at_ms),
  assets TEXT NOT NULL,
  scorer TEXT NOT NULL,
  score REAL NOT NULL CHECK (score BETWEEN -1 AND 1),
  read_at_ms INTEGER NOT NULL,
  UNIQUE (run_id, headline_id)
) STRICT;
${appendOnly('news')}
`,
}
