import { type DecideAnswer, decideAnswer } from '@shared/contract/decide-answer'
import type { DecideRequest } from '@shared/contract/decide-request'
import type { DeskPush } from '@shared/contract/desk-calls'
import type { DeskState } from '@shared/contract/journal'
import type { SlotHealth } from '@shared/contract/model'
import type { ModelCalls } from '@shared/contract/model-library'
import { type Outcome, success } from '@shared/contract/outcome'
import type { ServedDesk } from '../../src-main/engine/server/served-desk'
import { type Story, tellStory } from './scripted-story'

export interface ServedStory extends ServedDesk {
  readonly story: Story
  /** Names of the calls that screens made, in order. */
  readonly asked: string[]
  readonly requests: DecideRequest[]
  push(push: DeskPush): void
  listeners(): number
  /** What the next decisions answer instead. */
  answerWith(answer: (() => Promise<Outcome<DecideAnswer>>) | null): void
  become(health: Partial<SlotHealth>): void
  /** Forgets what was asked and answers as at first; the story goes on. */
  reset(): void
}

/** A desk in memory that plays the engine's part for the server room. */
export function serveStory(): ServedStory {
  const story = tellStory(5)
  const asked: string[] = []
  const requests: DecideRequest[] = []
  const listeners = new Set<(push: DeskPush) => void>()
  let instead: (() => Promise<Outcome<DecideAnswer>>) | null = null
  let health: Partial<SlotHealth> = {}

  const snapshot = async () => {
    asked.push('snapshot')
    return story.snapshot()
  }
  const become = (state: DeskState, reason: string) => async () => {
    story.become(state, reason)
    return snapshot()
  }
  return {
    story,
    asked,
    requests,
    calls: {
      snapshot,
      pause: become('reduce_only', 'Paused by the user.'),
      resume: become('active', 'Resumed by the user.'),
      async candles({ symbol, limit }) {
        asked.push('candles')
        return { symbol, timeframe: '1h', candles: story.candlesSoFar(symbol, limit) }
      },
      async decisions({ limit }) {
        asked.push('decisions')
        return story.decisions().slice(0, limit)
      },
      async activity({ limit }) {
        asked.push('activity')
        return story.activity().slice(0, limit)
      },
      async news() {
        asked.push('news')
        return { enabled: false, feeds: [], headlines: [], setting: { enabled: false, feeds: 0 } }
      },
      async switchNews({ enabled }) {
        asked.push('switchNews')
        return { enabled, feeds: 0 }
      },
      async reopenModels() {
        asked.push('reopenModels')
        return story.snapshot()
      },
      async placeOrder() {
        asked.push('placeOrder')
        return { kind: 'repeated' }
      },
      async cancelOrder({ orderId }) {
        asked.push('cancelOrder')
        return { kind: 'not_open', orderId }
      },
      async kill() {
        throw new Error('Nothing runs yet, so there is nothing to stop.')
      },
    },
    models: { calls: modelCallsWithoutLibrary, subscribe: () => () => undefined },
    async decide(request) {
      requests.push(request)
      if (instead !== null) return instead()
      story.next()
      const [made] = story.decisions()
      if (made === undefined) throw new Error('The story has decided nothing')
      const { decision } = made
      const measurement = { decisionId: decision.decisionId, wallAtMs: 1, latencyMs: 12.5, rationaleMs: 3 }
      return success(decideAnswer(decision, measurement, '200'))
    },
    health: () => story.snapshot().slots.map((slot) => ({ ...slot, ...health })),
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    push(push) {
      for (const listener of [...listeners]) listener(push)
    },
    listeners: () => listeners.size,
    answerWith(answer) {
      instead = answer
    },
    become(next) {
      health = next
    },
    reset() {
      asked.length = 0
      requests.length = 0
      instead = null
      health = {}
    },
  }
}

const noLibrary = async (): Promise<never> => {
  throw new Error('This desk has no model library.')
}

const modelCallsWithoutLibrary: ModelCalls = {
  models: noLibrary,
  checkModels: noLibrary,
  modelLicence: noLibrary,
  pullModel: noLibrary,
  pauseModel: noLibrary,
  importModel: noLibrary,
  removeModel: noLibrary,
  verifyModels: noLibrary,
  chooseModel: noLibrary,
}
