import type { AskModel, ModelProblemCode } from '@shared/contract/inference'
import { failure, type Outcome, success } from '@shared/contract/outcome'
import type { Token } from 'node-llama-cpp'
import { type ChoiceEnding, type Conversation, sharedLength } from './conversation'

/** A question as tokens, ready for a sequence. */
export interface LaidOutQuestion {
  readonly ask: AskModel
  /** The document and the extras that fit. */
  readonly market: string
  readonly leftOut: number
  readonly tokens: readonly Token[]
  /** So many tokens at the front never change; less than all. */
  readonly fixedLength: number
  /** Where the last whole stride after the fixed part ends; less than all. */
  readonly strideEnd: number
  readonly endings: readonly ChoiceEnding[]
}

/** For what holds a reason and its answer together: a line end, the end of a turn. */
const spareTokens = 16

/**
 * Lays a question out and trims it: extras are left out from the end until the prompt, with room for the reason, fits
 * into the context. The document is never cut; where it does not fit alone, the question is refused.
 */
export function layOut(
  ask: AskModel,
  conversation: Conversation,
  { contextTokens, tokensPerStride }: { readonly contextTokens: number; readonly tokensPerStride: number },
): Outcome<LaidOutQuestion, ModelProblemCode> {
  const endings = ask.choices.flatMap((choice) => conversation.ending(choice) ?? [])
  if (endings.length < ask.choices.length) {
    return failure('model_broken', "The model's vocabulary cannot tell the answers apart, so it cannot choose one.")
  }
  const longestEnding = Math.max(...endings.map(({ tokens }) => tokens.length))
  const room = contextTokens - longestEnding - spareTokens
  const wanted = room - (ask.rationale?.maxTokens ?? 0)
  for (let kept = ask.extras.length; kept >= 0; kept -= 1) {
    const market = [ask.document, ...ask.extras.slice(0, kept)].join('\n')
    const tokens = conversation.question(ask.fixed, market)
    if (tokens.length <= wanted || (kept === 0 && tokens.length <= room)) {
      const fixedLength = Math.min(sharedLength(conversation.fixedPart(ask.fixed), tokens), tokens.length - 1)
      // At least one token is left: it is read with a stub that may be empty, and something must be read for its logits.
      const strides = Math.floor((tokens.length - 1 - fixedLength) / tokensPerStride)
      const strideEnd = fixedLength + strides * tokensPerStride
      return success({ ask, market, leftOut: ask.extras.length - kept, tokens, fixedLength, strideEnd, endings })
    }
  }
  const has = `The prompt has ${conversation.question(ask.fixed, ask.document).length} tokens`
  const advice = 'Shorten the document or use a larger context.'
  return failure('prompt_too_long', `${has}, the context has room for ${Math.max(0, room)}. ${advice}`)
}
