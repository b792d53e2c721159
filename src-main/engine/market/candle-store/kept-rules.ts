import type { MarketSymbol } from '@shared/contract/candle'
import { canonicalJson } from '@shared/contract/canonical'
import { type SymbolRules, symbolRulesSchema } from '@shared/contract/exchange-rules'
import type { Outcome } from '@shared/contract/outcome'
import type Database from 'better-sqlite3'
import { z } from 'zod'
import type { CacheProblemCode } from './cache-problem'
import type { CandleStore } from './candle-store'

const keptRow = z.tuple([z.string(), z.int()])

/** The exchange's rules as they were last read, so that a change between two starts can be told. */
export function keptRules(
  database: Database.Database,
  attempt: <Value>(act: () => Value) => Outcome<Value, CacheProblemCode>,
): Pick<CandleStore, 'rules' | 'keepRules'> {
  const find = database.prepare('SELECT rules, read_at_ms FROM symbol_rules WHERE source = ? AND symbol = ?').raw(true)
  const keep = database.prepare(
    'INSERT OR REPLACE INTO symbol_rules (source, symbol, rules, read_at_ms) VALUES (?, ?, ?, ?)',
  )
  const keepAll = database.transaction((source: string, rules: readonly SymbolRules[], readAtMs: number): null => {
    for (const rule of rules) keep.run(source, rule.symbol, canonicalJson(rule), readAtMs)
    return null
  })
  return {
    rules(source: string, symbol: MarketSymbol) {
      const row = find.get(source, symbol)
      if (row === undefined) return null
      const [text, readAtMs] = keptRow.parse(row)
      // Rules that an older Quartet wrote with other fields are as good as none.
      const rules = symbolRulesSchema.safeParse(JSON.parse(text))
      return rules.success ? { rules: rules.data, readAtMs } : null
    },
    keepRules: (source, rules, readAtMs) => attempt(() => keepAll.immediate(source, rules, readAtMs)),
  }
}
