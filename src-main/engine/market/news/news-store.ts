import { join } from 'node:path'
import {
  type FeedState,
  feedStateSchema,
  type Headline,
  headlineSchema,
  type SentimentScorer,
  type ShownHeadline,
  shownHeadlineSchema,
} from '@shared/contract/news'
import { failure, type Outcome, success } from '@shared/contract/outcome'
import Database from 'better-sqlite3'
import { z } from 'zod'
import { makeDataFolder } from '../../data-folder'
import type { FeedDocument } from './feed-entries'
import type { FeedValidators } from './feed-fetch'

export type NewsStoreProblemCode = 'news_store_unusable'

/**
 * What was read from feeds, in `news.db` of the data folder: headlines as they became known, what scorers made of them,
 * and how each feed fared. It can be thrown away: what a run decided on stands in the journal.
 */
export interface NewsStore {
  feed(url: string): FeedRecord
  /** Takes a feed's entries in; those that are new become known at `atMs`. Returns them, in the feed's order. */
  receive(url: string, document: FeedDocument, source: string, validators: FeedValidators, atMs: number): Headline[]
  /** The feed was asked and had nothing new. */
  unchanged(url: string, atMs: number): void
  failed(url: string, problem: { readonly code: string; readonly message: string }, atMs: number): void
  /** Headlines known in (fromMs, toMs], oldest first. */
  between(fromMs: number, toMs: number): Headline[]
  /** Newest first, with the newest score of each. */
  latest(limit: number): ShownHeadline[]
  score(headlineId: string, scorer: SentimentScorer, reader: string): number | null
  keepScore(headlineId: string, scorer: SentimentScorer, reader: string, score: number, atMs: number): void
  /** Headlines that became known before are forgotten, and scores that were given before. */
  forgetBefore(atMs: number): void
  close(): void
}

export interface FeedRecord extends FeedValidators {
  readonly state: FeedState
}

const fileName = 'news.db'
const busyTimeoutMs = 2_000
/** "QRTN" */
const applicationId = 0x5152544e

/** Schema steps, oldest first; `user_version` counts the ones that were taken. */
const steps: readonly string[] = [
  `CREATE TABLE headlines (
    headline_id TEXT PRIMARY KEY,
    feed TEXT NOT NULL,
    title TEXT NOT NULL,
    source TEXT NOT NULL,
    link TEXT,
    published_at_ms INTEGER,
    known_at_ms INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX headlines_by_time ON headlines (known_at_ms, headline_id);
  CREATE TABLE scores (
    headline_id TEXT NOT NULL,
    scorer TEXT NOT NULL,
    reader TEXT NOT NULL,
    score REAL NOT NULL CHECK (score BETWEEN -1 AND 1),
    scored_at_ms INTEGER NOT NULL,
    PRIMARY KEY (headline_id, scorer, reader)
  ) STRICT;
  CREATE TABLE feeds (
    url TEXT PRIMARY KEY,
    title TEXT,
    etag TEXT,
    last_modified TEXT,
    asked_at_ms INTEGER NOT NULL,
    problem TEXT,
    problem_code TEXT
  ) STRICT;`,
]

const headlineColumns = `h.headline_id AS headlineId, h.title, h.source, h.link,
  h.published_at_ms AS publishedAtMs, h.known_at_ms AS knownAtMs`

const feedRowSchema = z.object({
  title: z.string().nullable(),
  etag: z.string().nullable(),
  last_modified: z.string().nullable(),
  asked_at_ms: z.int(),
  problem: z.string().nullable(),
  problem_code: z.string().nullable(),
})

/** Opens the store, or makes it; more than one process may have it open. */
export function openNewsStore(dataDir: string): Outcome<NewsStore, NewsStoreProblemCode> {
  const path = join(dataDir, fileName)
  try {
    makeDataFolder(dataDir)
    const database = new Database(path, { timeout: busyTimeoutMs })
    const ready = prepare(database)
    if (ready) return success(storeOver(database))
    database.close()
    return failure('news_store_unusable', `${path} was written by a newer Quartet or is no news store. Move it away.`)
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    return failure('news_store_unusable', `The news store ${path} cannot be used (${why}). Move it away to start anew.`)
  }
}

/** False for a file of another program, or of a newer Quartet. */
function prepare(database: Database.Database): boolean {
  const number = (pragma: string): number => z.int().parse(database.pragma(pragma, { simple: true }))
  const isEmpty = z.int().parse(database.prepare('SELECT count(*) FROM sqlite_schema').pluck().get()) === 0
  if (!isEmpty && number('application_id') !== applicationId) return false
  if (number('user_version') > steps.length) return false
  database.pragma('journal_mode = WAL')
  database.pragma('synchronous = NORMAL')
  database
    .transaction(() => {
      for (const step of steps.slice(number('user_version'))) database.exec(step)
      database.pragma(`application_id = ${applicationId}`)
      database.pragma(`user_version = ${steps.length}`)
    })
    .immediate()
  return true
}

function storeOver(database: Database.Database): NewsStore {
  const selectFeed = database.prepare('SELECT * FROM feeds WHERE url = ?')
  const putFeed = database.prepare(
    `INSERT INTO feeds (url, title, etag, last_modified, asked_at_ms, problem, problem_code)
     VALUES (?, ?, ?, ?, ?, NULL, NULL)
     ON CONFLICT (url) DO UPDATE SET title = excluded.title, etag = excluded.etag,
       last_modified = excluded.last_modified, asked_at_ms = excluded.asked_at_ms, problem = NULL, problem_code = NULL`,
  )
  const putProblem = database.prepare(
    `INSERT INTO feeds (url, asked_at_ms, problem, problem_code) VALUES (?, ?, ?, ?)
     ON CONFLICT (url) DO UPDATE SET asked_at_ms = excluded.asked_at_ms, problem = excluded.problem,
       problem_code = excluded.problem_code`,
  )
  const putUnchanged = database.prepare(
    'UPDATE feeds SET asked_at_ms = ?, problem = NULL, problem_code = NULL WHERE url = ?',
  )
  // What is known already keeps the moment at which it became known.
  const putHeadline = database.prepare(
    `INSERT INTO headlines (headline_id, feed, title, source, link, published_at_ms, known_at_ms)
     VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (headline_id) DO NOTHING`,
  )
  const selectBetween = database.prepare(
    `SELECT ${headlineColumns} FROM headlines h
     WHERE h.known_at_ms > ? AND h.known_at_ms <= ? ORDER BY h.known_at_ms, h.headline_id`,
  )
  const selectLatest = database.prepare(
    `SELECT ${headlineColumns}, s.scorer, s.score FROM headlines h
     LEFT JOIN scores s ON s.rowid = (SELECT rowid FROM scores WHERE headline_id = h.headline_id
       ORDER BY scored_at_ms DESC, scorer LIMIT 1)
     ORDER BY h.known_at_ms DESC, h.published_at_ms DESC, h.headline_id LIMIT ?`,
  )
  const selectScore = database
    .prepare('SELECT score FROM scores WHERE headline_id = ? AND scorer = ? AND reader = ?')
    .pluck()
  const putScore = database.prepare(
    `INSERT INTO scores (headline_id, scorer, reader, score, scored_at_ms) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT DO NOTHING`,
  )
  const forgetHeadlines = database.prepare('DELETE FROM headlines WHERE known_at_ms < ?')
  const forgetScores = database.prepare('DELETE FROM scores WHERE scored_at_ms < ?')

  const receive = database.transaction(
    (url: string, document: FeedDocument, source: string, validators: FeedValidators, atMs: number): Headline[] => {
      putFeed.run(url, document.title, validators.etag, validators.lastModified, atMs)
      return document.entries.flatMap(({ headlineId, title, link, publishedAtMs }) => {
        const { changes } = putHeadline.run(headlineId, url, title, source, link, publishedAtMs, atMs)
        return changes === 0 ? [] : [{ headlineId, title, source, link, publishedAtMs, knownAtMs: atMs }]
      })
    },
  )

  return {
    feed(url) {
      const row = selectFeed.get(url)
      if (row === undefined) {
        return { state: { url, title: null, askedAtMs: null, problem: null }, etag: null, lastModified: null }
      }
      const known = feedRowSchema.parse(row)
      const { title, problem: message, problem_code: code, etag, last_modified: lastModified } = known
      const problem = message === null || code === null ? null : { code, message }
      return { state: feedStateSchema.parse({ url, title, askedAtMs: known.asked_at_ms, problem }), etag, lastModified }
    },
    receive: (...received) => receive.immediate(...received),
    unchanged: (url, atMs) => void putUnchanged.run(atMs, url),
    failed: (url, { code, message }, atMs) => void putProblem.run(url, atMs, message, code),
    between: (fromMs, toMs) => z.array(headlineSchema).parse(selectBetween.all(fromMs, toMs)),
    latest: (limit) => z.array(shownHeadlineSchema).parse(selectLatest.all(limit)),
    score: (headlineId, scorer, reader) =>
      z
        .number()
        .nullable()
        .parse(selectScore.get(headlineId, scorer, reader) ?? null),
    keepScore: (headlineId, scorer, reader, score, atMs) => void putScore.run(headlineId, scorer, reader, score, atMs),
    forgetBefore(atMs) {
      forgetHeadlines.run(atMs)
      forgetScores.run(atMs)
    },
    close: () => database.close(),
  }
}
