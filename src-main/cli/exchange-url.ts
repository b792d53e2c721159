import { Option } from 'commander'

/** Commands that speak to a live exchange can be pointed at another server that speaks Binance's formats. */
export function exchangeUrlOption(): Option {
  return new Option('--exchange-url <url>', "another server that speaks Binance's formats").env('QUARTET_BINANCE_URL')
}

/** The address as a run request takes it; nothing for Binance itself, or for a market that is recorded. */
export function exchangeUrlOf(options: { readonly venue: string; readonly exchangeUrl?: string }): {
  readonly exchangeUrl?: string
} {
  const { venue, exchangeUrl } = options
  return venue === 'replay' || exchangeUrl === undefined ? {} : { exchangeUrl }
}
