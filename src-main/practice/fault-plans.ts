import type { FaultPlan } from './fault'

const secondMs = 1000
const minuteMs = 60 * secondMs

/** Plans that can be asked for by name. */
export const namedFaultPlans: Readonly<Record<string, FaultPlan>> = {
  /** Every fault but a delisting within ten minutes of market time, for BTCUSDT and ETHUSDT. */
  everything: [
    { afterMs: 20 * secondMs, fault: { kind: 'rate_limited', times: 1, retryAfterS: 1 } },
    { afterMs: 40 * secondMs, fault: { kind: 'duplicate', times: 5, stream: '@' } },
    { afterMs: minuteMs, fault: { kind: 'duplicate', times: 4, stream: '@kline' } },
    { afterMs: 80 * secondMs, fault: { kind: 'out_of_order', times: 3, stream: '@trade' } },
    { afterMs: 100 * secondMs, fault: { kind: 'out_of_order', times: 2, stream: '@kline' } },
    { afterMs: 110 * secondMs, fault: { kind: 'lost', times: 1, stream: '@depth' } },
    { afterMs: 2 * minuteMs, fault: { kind: 'server_error', times: 2, status: 503 } },
    { afterMs: 140 * secondMs, fault: { kind: 'late', times: 4, stream: '@kline', byMs: 20 * secondMs } },
    { afterMs: 170 * secondMs, fault: { kind: 'late', times: 3, stream: '@trade', byMs: 5 * secondMs } },
    { afterMs: 190 * secondMs, fault: { kind: 'sockets_cut' } },
    { afterMs: 210 * secondMs, fault: { kind: 'cut', times: 1 } },
    { afterMs: 4 * minuteMs, fault: { kind: 'outage', forMs: 90 * secondMs } },
    { afterMs: 345 * secondMs, fault: { kind: 'slow', times: 2, delayMs: 300 } },
    { afterMs: 6 * minuteMs, fault: { kind: 'clock_skew', byMs: -5 * secondMs, forMs: 30 * secondMs } },
    { afterMs: 430 * secondMs, fault: { kind: 'clock_skew', byMs: 5 * secondMs, forMs: 30 * secondMs } },
    { afterMs: 450 * secondMs, fault: { kind: 'candle_corrected', pair: 'BTCUSDT', closeBps: 5 } },
    { afterMs: 460 * secondMs, fault: { kind: 'banned', times: 1, retryAfterS: 1 } },
    {
      afterMs: 480 * secondMs,
      fault: {
        kind: 'filters_changed',
        pair: 'ETHUSDT',
        filters: [{ filterType: 'LOT_SIZE', minQty: '0.00100000', maxQty: '9000.00000000', stepSize: '0.00100000' }],
      },
    },
    { afterMs: 500 * secondMs, fault: { kind: 'lost', times: 2, stream: '@kline' } },
    { afterMs: 530 * secondMs, fault: { kind: 'sockets_cut' } },
  ],
  /** A quarter of an hour in which nothing answers, from the third minute on. */
  outage: [{ afterMs: 3 * minuteMs, fault: { kind: 'outage', forMs: 15 * minuteMs } }],
  /** A crowd of refusals, from the first minute on. */
  'rate-limits': [
    { afterMs: minuteMs, fault: { kind: 'rate_limited', times: 5, retryAfterS: 1 } },
    { afterMs: 5 * minuteMs, fault: { kind: 'banned', times: 3, retryAfterS: 2 } },
  ],
}
