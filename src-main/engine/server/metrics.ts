import type { DecideAnswer } from '@shared/contract/decide-answer'
import type { DeskPush } from '@shared/contract/desk-calls'
import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { ServedDesk } from './served-desk'

/** Prometheus figures of this server and its desk. All names start with `trading_llm_`; times are in seconds. */
export interface Metrics {
  readonly contentType: string
  countRequest(route: string, method: string, status: number): void
  countError(code: string): void
  countAnswer(answer: DecideAnswer): void
  /** The exposition format, with the gauges as they stand now. */
  text(): Promise<string>
  close(): void
}

const confidenceBuckets = [0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1]
const latencyBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]

/** Counts what the API answers itself, and listens for what the desk decides on its own. */
export function createMetrics(desk: ServedDesk): Metrics {
  const registry = new Registry()
  const registers = [registry]

  const requests = new Counter({
    name: 'trading_llm_requests_total',
    help: 'HTTP requests answered.',
    labelNames: ['route', 'method', 'status'],
    registers,
  })
  const errors = new Counter({
    name: 'trading_llm_errors_total',
    help: 'Requests that were refused or failed, and attempts at a model that did not answer, by code.',
    labelNames: ['code'],
    registers,
  })
  const decisions = new Counter({
    name: 'trading_llm_decisions_total',
    help: 'Decisions by the slot they were routed to (route), who answered (model), and what was decided.',
    labelNames: ['route', 'model', 'action', 'source'],
    registers,
  })
  const confidence = new Histogram({
    name: 'trading_llm_decision_confidence',
    help: 'Probability of the chosen action.',
    labelNames: ['model'],
    buckets: confidenceBuckets,
    registers,
  })
  const latency = new Histogram({
    name: 'trading_llm_decision_latency_seconds',
    help: 'From the closed candle, or the request, to the decision.',
    labelNames: ['model'],
    buckets: latencyBuckets,
    registers,
  })
  const orders = new Counter({
    name: 'trading_llm_orders_total',
    help: 'Paper orders by what became of them.',
    labelNames: ['outcome'],
    registers,
  })
  const equity = new Gauge({
    name: 'trading_llm_equity',
    help: 'Value of the paper account in its quote asset.',
    labelNames: ['asset'],
    registers,
  })
  const chainEvents = new Gauge({
    name: 'trading_llm_journal_events',
    help: 'Events in the hash chain of the journal.',
    registers,
  })
  const modelHealthy = new Gauge({
    name: 'trading_llm_model_healthy',
    help: '1 while the slot answers, 0 while it does not.',
    labelNames: ['model'],
    registers,
  })
  const modelRequests = new Gauge({
    name: 'trading_llm_model_requests',
    help: 'Requests made to the slot since the start.',
    labelNames: ['model'],
    registers,
  })
  const modelErrors = new Gauge({
    name: 'trading_llm_model_errors',
    help: 'Requests to the slot that failed since the start.',
    labelNames: ['model'],
    registers,
  })

  type Counted = Pick<DecideAnswer, 'routedTo' | 'servedBy' | 'action' | 'confidence' | 'hops'>

  function countDecision(decision: Counted, source: 'desk' | 'api', latencyMs: number | undefined): void {
    const { routedTo, servedBy, action, hops } = decision
    decisions.inc({ route: routedTo, model: servedBy, action, source })
    confidence.observe({ model: servedBy }, decision.confidence)
    if (latencyMs !== undefined) latency.observe({ model: servedBy }, latencyMs / 1000)
    for (const hop of hops) if (hop.outcome !== 'answered') errors.inc({ code: hop.outcome })
  }

  function hear({ events, measurements }: DeskPush): void {
    for (const event of events) {
      if (event.type === 'decision.made') {
        const measured = measurements.find(({ decisionId }) => decisionId === event.payload.decisionId)
        countDecision(event.payload, 'desk', measured?.latencyMs)
      } else if (event.type.startsWith('order.')) {
        orders.inc({ outcome: event.type.slice('order.'.length) })
      }
    }
  }

  async function refreshGauges(): Promise<void> {
    const { account, chain } = await desk.calls.snapshot()
    equity.reset()
    equity.set({ asset: account.quoteAsset }, Number(account.equity))
    chainEvents.set(chain.events)
    for (const slot of desk.health()) {
      modelHealthy.set({ model: slot.slot }, slot.healthy ? 1 : 0)
      modelRequests.set({ model: slot.slot }, slot.requests)
      modelErrors.set({ model: slot.slot }, slot.errors)
    }
  }

  return {
    contentType: registry.contentType,
    countRequest: (route, method, status) => requests.inc({ route, method, status }),
    countError: (code) => errors.inc({ code }),
    countAnswer: (answer) => countDecision(answer, 'api', answer.latencyMs),
    async text() {
      await refreshGauges()
      return registry.metrics()
    },
    close: desk.subscribe(hear),
  }
}
