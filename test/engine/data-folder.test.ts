import { statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { openAnswerFile } from '../../src-main/engine/gateway/answer-cache/answer-file'
import { openLedger } from '../../src-main/engine/journal/ledger'
import { openCandleStore } from '../../src-main/engine/market/candle-store/candle-store'
import { openNewsStore } from '../../src-main/engine/market/news/news-store'
import { temporaryFolder } from '../helpers/temporary-folder'

const log = { warn: () => undefined }
const closed = (store: { ok: true; value: { close(): void } } | { ok: false }) => store.ok && store.value.close()

test.runIf(process.platform !== 'win32').each([
  ['the ledger', (dir: string) => closed(openLedger({ dir, clock: () => 0 }))],
  ['the candle cache', (dir: string) => closed(openCandleStore(dir, 0))],
  ['the news', (dir: string) => closed(openNewsStore(dir))],
  [
    'the kept answers',
    (dir: string) => closed(openAnswerFile({ path: join(dir, 'answers.db'), mostBytes: 1e6, log, nowMs: () => 0 })),
  ],
])('a data folder that %s makes is closed to other users of the machine', (_, open) => {
  const dir = join(temporaryFolder('home'), 'above', 'data')
  open(dir)
  expect([dir, dirname(dir)].map((folder) => (statSync(folder).mode & 0o777).toString(8))).toEqual(['700', '700'])
})
