/**
 * The commands of the live market, one file each. They ask an exchange for public data alone: no key is needed, none is
 * asked for. They work beside a running desk: `cache.db` takes one page at a time.
 */
import { type Command, InvalidArgumentError, Option } from 'commander'
import type { Places } from '../../engine/places'
import { exchangeUrlOption } from '../exchange-url'
import { symbolsWord, timeframeWord, timeWord } from '../words'

export function addMarketCommands(market: Command, places: Places, end: (code: number) => void): void {
  const json = (): Option => new Option('--json', 'print exactly one JSON document on stdout').default(false)
  const symbols = ['--symbols <list>', 'pairs, comma-separated: BTC/USDT,ETH/USDT', symbolsWord] as const
  market.description('the live market: its symbols, its history, its prices')

  market
    .command('fetch')
    .description('fetch history into the candle cache; only what is missing is asked for, the same command goes on')
    .requiredOption(...symbols)
    .option('--timeframe <frame>', 'length of a candle', timeframeWord, '1h')
    .requiredOption('--from <time>', 'first candle (ISO 8601, UTC)', timeWord)
    .option('--to <time>', 'end of the window (exclusive; default: now)', timeWord)
    .option('--out <dir>', 'also write the window as candle files, for --candles')
    .addOption(exchangeUrlOption())
    .addOption(json())
    .action(async (options) => end(await (await import('./fetch')).fetchMarket(places, options)))

  market
    .command('symbols')
    .description('what the exchange lists: status, tick, lot, least notional')
    .option('--quote <asset>', 'only pairs in this asset: USDT', assetWord)
    .option('--search <text>', 'only pairs whose name holds this', assetWord)
    .addOption(exchangeUrlOption())
    .addOption(json())
    .action(async (options) => end(await (await import('./symbols')).listSymbols(options)))

  market
    .command('watch')
    .description('live prices, spreads, trades and closed candles until Ctrl-C')
    .requiredOption(...symbols)
    .option('--timeframe <frame>', 'length of a candle', timeframeWord, '1m')
    .option('--for <duration>', 'end after this long: 30s, 5m', durationWord)
    .addOption(exchangeUrlOption())
    .addOption(json())
    .action(async (options) => end(await (await import('./watch')).watchMarket(places, options)))
}

function assetWord(word: string): string {
  const asset = word.toUpperCase()
  if (!/^[A-Z0-9/]{1,20}$/.test(asset)) throw new InvalidArgumentError(`"${word}" is no part of a pair's name.`)
  return asset
}

const unitMs: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000 }

function durationWord(word: string): number {
  const [, count, unit = ''] = /^(\d{1,6})([smh])$/.exec(word) ?? []
  const durationMs = Number(count) * (unitMs[unit] ?? 0)
  if (!(durationMs > 0)) throw new InvalidArgumentError(`"${word}" is no duration. Write 30s, 5m or 2h.`)
  return durationMs
}
