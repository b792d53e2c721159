import { writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { failure } from '@shared/contract/outcome'
import { openLedgerReader } from '../../engine/journal/ledger-reader'
import { byTimeKnown } from '../../engine/market/news/recorded-news'
import type { Places } from '../../engine/places'
import { wholeFile } from '../../engine/whole-file'
import { failWith } from '../exit'
import { print } from '../output'

/** Far above what a run of a year reads. */
const mostHeadlines = 1_000_000

/** Writes what a run has read, with the scores that it was decided with, so that a replay can read the same. */
export function exportNews(
  places: Places,
  options: { readonly out: string; readonly run?: string; readonly json: boolean },
): number {
  const opened = openLedgerReader(places.dataDir)
  if (!opened.ok) return failWith(opened.problem)
  const ledger = opened.value
  try {
    const runId = options.run ?? ledger.lastRun()?.runId
    const read = runId === undefined ? [] : ledger.news({ runId, limit: mostHeadlines })
    if (runId === undefined || read.length === 0) {
      return failWith(failure('no_news', 'That run has read no headline, so there is nothing to write.').problem)
    }
    const path = resolve(options.out)
    const whole = wholeFile(path)
    try {
      writeFileSync(
        whole.unfinishedPath,
        read
          .toSorted(byTimeKnown)
          .map((line) => `${JSON.stringify(line)}\n`)
          .join(''),
      )
      whole.finish()
    } catch (error) {
      whole.abandon()
      const why = error instanceof Error ? error.message : String(error)
      return failWith(failure('file_unwritable', `${path} cannot be written (${why}).`).problem)
    }
    return print(options.json, { path, runId, headlines: read.length }, () => [
      `${read.length} headlines are in ${path}.`,
    ])
  } finally {
    ledger.close()
  }
}
