import { closeSync, existsSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { Candle } from '@shared/contract/candle'
import { candleFileHeader } from '@shared/contract/candle-row'
import { type Outcome, success } from '@shared/contract/outcome'
import { Decimal } from 'decimal.js'
import { type CacheProblemCode, cacheProblem } from './cache-problem'

const rowsPerWrite = 5000

/** Writes candles as a candle file (`BTCUSDT-1h.csv`), which has its name only once it is whole. Answers with its path. */
export function writeCandleFile(
  dir: string,
  name: string,
  candles: Iterable<Candle>,
): Outcome<string, CacheProblemCode> {
  const path = join(dir, `${name}.csv`)
  const unfinished = `${path}.partial`
  try {
    mkdirSync(dir, { recursive: true })
    const file = openSync(unfinished, 'w')
    try {
      let rows = [candleFileHeader]
      for (const { openTimeMs, open, high, low, close, volume } of candles) {
        rows.push([openTimeMs, open, high, low, close, volume].map(plainDecimal).join(','))
        if (rows.length < rowsPerWrite) continue
        writeSync(file, `${rows.join('\n')}\n`)
        rows = []
      }
      if (rows.length > 0) writeSync(file, `${rows.join('\n')}\n`)
    } finally {
      closeSync(file)
    }
    renameSync(unfinished, path)
    return success(path)
  } catch (error) {
    if (existsSync(unfinished)) rmSync(unfinished)
    return cacheProblem(error, path)
  }
}

/** Candle files are read by other programs too: no exponents. */
function plainDecimal(figure: number): string {
  const text = String(figure)
  return text.includes('e') ? new Decimal(figure).toFixed() : text
}
