import { binanceBaseUrl, exchangeAddress } from '../../engine/market/binance/address'
import { connectBinance } from '../../engine/market/binance-client'
import { systemClock } from '../../engine/market/clock'
import { type ExitCode, failWith } from '../exit'
import { print, table } from '../output'

export interface SymbolsOptions {
  readonly quote?: string
  readonly search?: string
  readonly exchangeUrl?: string
  readonly json: boolean
}

/** The whole list is a large answer. */
const request = { timeoutMs: 60_000, attempts: 3, retryPauseMs: 500 } as const

/** What the exchange lists, in the order of the names. */
export async function listSymbols({ quote, search, exchangeUrl, json }: SymbolsOptions): Promise<ExitCode> {
  const address = exchangeAddress(exchangeUrl ?? binanceBaseUrl)
  if (!address.ok) return failWith(address.problem)
  const connection = { ...request, baseUrl: address.value.restUrl, random: Math.random, clock: systemClock }
  const client = await connectBinance([], connection)
  if (!client.ok) return failWith(client.problem)
  const listed = [...client.value.rules.values()]
    .filter((rules) => quote === undefined || rules.quote === quote)
    .filter((rules) => search === undefined || rules.symbol.includes(search))
    .sort((left, right) => (left.symbol < right.symbol ? -1 : 1))
  const { unreadable } = client.value
  return print(json, { exchange: address.value.source, symbols: listed, unreadable }, () => [
    ...table([
      ['symbol', 'status', 'tick', 'lot', 'least notional'],
      ...listed.map((rules) => [
        rules.symbol,
        rules.status,
        short(rules.tickSize),
        short(rules.stepSize),
        `${short(rules.minNotional)} ${rules.quote}`,
      ]),
    ]),
    `${listed.length} symbols at ${address.value.source}.`,
    ...(unreadable.length === 0 ? [] : [`Not readable here: ${unreadable.join(', ')}.`]),
  ])
}

/** "0.01000000" as "0.01". */
function short(decimal: string): string {
  return decimal.includes('.') ? decimal.replace(/\.?0+$/, '') : decimal
}
