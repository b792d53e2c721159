import type { MarketSymbol } from '@shared/contract/candle'
import { canonicalJson } from '@shared/contract/canonical'
import type { SymbolRules } from '@shared/contract/exchange-rules'
import { failure, type Outcome, success } from '@shared/contract/outcome'
import type { CandleStore } from '../candle-store/candle-store'

/**
 * The exchange's rules for the symbols of a run: refused where one is not traded, kept for the next start, and compared
 * with those of the last one. Answers with what has changed, in words.
 */
export function readListing(
  rules: ReadonlyMap<MarketSymbol, SymbolRules>,
  symbols: readonly MarketSymbol[],
  store: CandleStore,
  source: string,
  readAtMs: number,
): Outcome<readonly string[], 'symbol_not_trading'> {
  const listed = symbols.flatMap((symbol) => rules.get(symbol) ?? [])
  const stopped = listed.filter(({ status }) => status !== 'TRADING')
  if (stopped.length > 0) {
    const names = stopped.map(({ symbol, status }) => `${symbol} (${status})`).join(', ')
    return failure(
      'symbol_not_trading',
      `The exchange does not trade ${names}. Leave them out, or replay their history.`,
    )
  }
  const notices: string[] = []
  if (store.setAside !== null) notices.push(`The candle cache was damaged; it was put aside as ${store.setAside}.`)
  for (const now of listed) {
    const before = store.rules(source, now.symbol)
    if (before === null) continue
    const changes = changedRules(before.rules, now)
    if (changes.length === 0) continue
    const since = new Date(before.readAtMs).toISOString()
    notices.push(`The exchange's rules for ${now.symbol} have changed since ${since}: ${changes.join(', ')}.`)
  }
  const kept = store.keepRules(source, listed, readAtMs)
  if (!kept.ok) notices.push(kept.problem.message)
  return success(notices)
}

/** Each changed rule as "tickSize from 0.01 to 0.1". */
export function changedRules(before: SymbolRules, now: SymbolRules): string[] {
  const old = new Map(Object.entries(before))
  return Object.entries(now).flatMap(([name, value]) => {
    const was = canonicalJson(old.get(name) ?? null)
    const is = canonicalJson(value)
    return was === is ? [] : [`${name} from ${unquoted(was)} to ${unquoted(is)}`]
  })
}

function unquoted(json: string): string {
  return json.replaceAll('"', '')
}
