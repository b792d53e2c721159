import { resolve } from 'node:path'
import { openLedgerReader } from '../engine/journal/ledger-reader'
import type { Places } from '../engine/places'
import { failWith } from './exit'
import { print } from './output'

export interface ExportOptions {
  readonly format: 'csv' | 'jsonl' | 'parquet'
  readonly out: string
  readonly json: boolean
}

export async function exportJournal(places: Places, options: ExportOptions): Promise<number> {
  const opened = openLedgerReader(places.dataDir)
  if (!opened.ok) return failWith(opened.problem)
  const reader = opened.value
  try {
    const out = resolve(options.out)
    const exported = await reader.exportDecisions({ format: options.format, out })
    if (!exported.ok) return failWith(exported.problem)
    const { rows, bytes } = exported.value
    return print(options.json, { format: options.format, out, rows, bytes }, () => [
      `Wrote ${rows} decisions (${bytes} bytes) to ${out}.`,
    ])
  } finally {
    reader.close()
  }
}
