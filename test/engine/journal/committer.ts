import { openLedger } from '../../../src-main/engine/journal/ledger'
import { decisionMade, runStarted } from './sample-events'

/** A program that is killed: commits three decisions at a time for ever and prints how many are acknowledged. */
const opened = openLedger({ dir: process.argv[2] ?? '', clock: () => 0 })
if (!opened.ok) throw new Error(opened.problem.message)
const ledger = opened.value
if (ledger.head().events === 0) ledger.commit({ events: [runStarted()], measurements: [] })
let { decisions = 0 } = ledger.counts()
for (;;) {
  const events = [0, 1, 2].map((index) => decisionMade(decisions + index))
  const committed = ledger.commit({ events, measurements: [] })
  if (!committed.ok) throw new Error(committed.problem.message)
  decisions += 3
  process.stdout.write(`${decisions}\n`)
}
