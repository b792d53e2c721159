import { fileURLToPath } from 'node:url'
import ccxt from 'ccxt'
import {
  type PracticeExchange,
  type PracticeExchangeOptions,
  startPracticeExchange,
} from '../../src-main/practice/practice-exchange'

const resources = fileURLToPath(new URL('../../resources/', import.meta.url))

/** A practice exchange over the product's own samples; BTC and ETH, minute candles at the start of a real fall. */
export async function openPracticeExchange(options: Partial<PracticeExchangeOptions> = {}): Promise<PracticeExchange> {
  const started = await startPracticeExchange({
    candlesDir: `${resources}sample-data`,
    exchangeInfoPath: `${resources}exchange-info.json`,
    pairs: ['BTCUSDT', 'ETHUSDT'],
    startMs: Date.UTC(2023, 3, 26, 19),
    speed: 60,
    port: 0,
    ...options,
  })
  if (!started.ok) throw new Error(started.problem.message)
  return started.value
}

const settings = {
  enableRateLimit: false,
  options: { defaultType: 'spot', fetchMarkets: { types: ['spot'] }, fetchCurrencies: false },
}

/** ccxt's REST client, changed in nothing but its address. */
export function restClient({ url }: Pick<PracticeExchange, 'url'>) {
  const client = new ccxt.binance(settings)
  client.urls = { ...client.urls, api: { ...client.urls.api, public: `${url}/api/v3` } }
  return client
}

/** ccxt's streaming client, changed in nothing but its addresses. */
export async function streamClient({ url, streamUrl }: Pick<PracticeExchange, 'url' | 'streamUrl'>) {
  const client = new ccxt.pro.binance(settings)
  const { api } = client.urls
  client.urls = { ...client.urls, api: { ...api, public: `${url}/api/v3`, ws: { ...api.ws, spot: streamUrl } } }
  // ccxt asks for this once before it opens a socket without TLS.
  await client.loadHttpProxyAgent()
  return client
}
