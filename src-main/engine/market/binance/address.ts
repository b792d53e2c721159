import { failure, type Outcome, success } from '@shared/contract/outcome'

export const binanceBaseUrl = 'https://api.binance.com'

/** Where a server that speaks Binance's formats is reached. */
export interface ExchangeAddress {
  /** Scheme and host, no slash at the end: what candles and rules of this exchange are kept under. */
  readonly source: string
  /** `/api/v3` and its paths follow. */
  readonly restUrl: string
  /** `/stream` follows. */
  readonly streamUrl: string
}

/**
 * Binance serves streams from other hosts than its REST API; anybody else is expected to serve both from one address.
 * https://developers.binance.com/docs/binance-spot-api-docs/web-socket-streams
 */
const streamHosts: Readonly<Record<string, string>> = {
  'api.binance.com': 'wss://stream.binance.com:9443',
  'data-api.binance.vision': 'wss://data-stream.binance.vision',
  'testnet.binance.vision': 'wss://stream.testnet.binance.vision',
  'api.binance.us': 'wss://stream.binance.us:9443',
}

/** Both addresses from the one that a trader gives, such as `http://127.0.0.1:8080`. */
export function exchangeAddress(baseUrl: string): Outcome<ExchangeAddress, 'exchange_url_invalid'> {
  const url = URL.canParse(baseUrl) ? new URL(baseUrl) : null
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== '') {
    const advice = `Write scheme and host, such as ${binanceBaseUrl} or http://127.0.0.1:8080.`
    return failure('exchange_url_invalid', `"${baseUrl}" is no address of an exchange. ${advice}`)
  }
  const path = url.pathname.replace(/\/+$/, '')
  const source = `${url.protocol}//${url.host}${path}`
  const sameHost = `${url.protocol === 'https:' ? 'wss' : 'ws'}://${url.host}${path}`
  return success({ source, restUrl: source, streamUrl: streamHosts[url.host] ?? sameHost })
}
