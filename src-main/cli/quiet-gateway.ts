import type { Settings } from '@shared/contract/settings'
import type { AnswerCache } from '../engine/gateway/answer-cache/answer-cache'
import { createGateway, type Gateway } from '../engine/gateway/gateway'
import { createLog } from '../engine/log'
import type { Places } from '../engine/places'

/** The desk's own gateway, without the words that it writes after a decision: nobody reads them in an evaluation. */
export function openQuietGateway(places: Places, settings: Settings, answers?: AnswerCache): Gateway {
  const { inference } = settings
  const rationale = inference.rationale === 'after' ? 'off' : inference.rationale
  return createGateway({
    ...places,
    settings: { ...settings, inference: { ...inference, rationale } },
    log: createLog(process.env),
    clock: () => performance.now(),
    answers,
  })
}
