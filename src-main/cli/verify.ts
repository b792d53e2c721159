import { openLedgerReader } from '../engine/journal/ledger-reader'
import type { Places } from '../engine/places'
import { exitCode, failWith } from './exit'
import { print } from './output'

export function verify(places: Places, options: { json: boolean }): number {
  const opened = openLedgerReader(places.dataDir)
  if (!opened.ok) return failWith(opened.problem)
  const reader = opened.value
  try {
    const verification = reader.verify()
    print(options.json, verification, () => [
      verification.ok
        ? `The journal is whole: ${verification.events} events, head ${verification.head}.`
        : `The journal was changed: event ${verification.firstBroken.seq}: ${verification.firstBroken.message}`,
    ])
    return verification.ok ? exitCode.done : exitCode.failed
  } finally {
    reader.close()
  }
}
