import type { AskModel, ModelAnswer, ModelProblemCode } from '@shared/contract/inference'
import { failure, type Outcome, success } from '@shared/contract/outcome'
import type { LlamaContextSequence, LlamaModel, Token } from 'node-llama-cpp'
import { type ChoiceEnding, type Conversation, sharedLength } from './conversation'
import { answersOf, likeliest, optionProbabilities, type Reading } from './distribution'

/** A question as tokens, ready for a sequence. */
export interface LaidOutQuestion {
  readonly ask: AskModel
  /** The document and the extras that fit. */
  readonly market: string
  readonly leftOut: number
  readonly tokens: readonly Token[]
  /** Tokens at the front that never change. */
  readonly fixedPart: readonly Token[]
  readonly endings: readonly ChoiceEnding[]
}

/** What a sequence must hold beside the question: the reason, written before or after the answer. */
const spareTokens = 16

/**
 * Lays a question out and trims it: extras are left out from the end until the prompt, with room for the reason, fits
 * into the context. The document is never cut; where it does not fit alone, the question is refused.
 */
export function layOut(
  ask: AskModel,
  conversation: Conversation,
  contextTokens: number,
): Outcome<LaidOutQuestion, ModelProblemCode> {
  const endings = ask.choices.map((choice) => conversation.ending(choice))
  if (endings.some((ending) => ending === null)) {
    return failure('model_broken', "The model's vocabulary cannot tell the answers apart, so it cannot choose one.")
  }
  const known = endings.filter((ending) => ending !== null)
  const longestEnding = Math.max(...known.map(({ tokens }) => tokens.length))
  const room = contextTokens - longestEnding - spareTokens
  const reasonTokens = ask.rationale?.maxTokens ?? 0
  for (let kept = ask.extras.length; ; kept -= 1) {
    const market = [ask.document, ...ask.extras.slice(0, kept)].join('\n')
    const tokens = conversation.question(ask.fixed, market)
    if (tokens.length + reasonTokens <= room || (kept === 0 && tokens.length <= room)) {
      const fixed = conversation.fixedPart(ask.fixed)
      const shared = sharedLength(fixed, tokens)
      const fixedPart = shared === fixed.length ? fixed : fixed.slice(0, shared)
      return success({ ask, market, leftOut: ask.extras.length - kept, tokens, fixedPart, endings: known })
    }
    if (kept === 0) {
      const has = `The prompt has ${tokens.length} tokens, the context has room for ${Math.max(0, room)}.`
      return failure('prompt_too_long', `${has} Shorten the document or use a larger context.`)
    }
  }
}

/** Tokens that are read in one go: a withdrawal is noticed between two of them. */
const tokensPerStride = 256

/** Answers on a sequence that holds the question's fixed part. */
export async function answerQuestion(
  { ask, market, leftOut, tokens: question, fixedPart, endings }: LaidOutQuestion,
  sequence: LlamaContextSequence,
  { model, conversation }: { readonly model: LlamaModel; readonly conversation: Conversation },
  signal?: AbortSignal,
): Promise<Outcome<Omit<ModelAnswer, 'waitedMs'>, ModelProblemCode>> {
  const startedAt = performance.now()
  const { rationale } = ask
  let written: readonly Token[] = []
  let reasoning: readonly Token[] = []
  let reasonedMs = 0
  let rest = question.slice(fixedPart.length)

  if (rationale?.when === 'before') {
    const opening = conversation.continued(rationale.opening)
    written = await write([...rest, ...opening], rationale.maxTokens)
    reasonedMs = performance.now() - startedAt
    // The answer follows on a line of its own.
    const lineEnd = conversation.continued('\n')
    reasoning = [...opening, ...written, ...lineEnd]
    const seen = [...question, ...opening, ...written]
    rest = [...seen.slice(sequence.nextTokenIndex), ...lineEnd]
  }
  const readings = await readChoices(rest)
  if (signal?.aborted) return withdrawnQuestion()
  if (readings === null) return failure('answer_invalid', 'The model gave no probabilities for the options.')
  const answers = answersOf(readings)
  const [first] = answers
  if (first === undefined) return failure('answer_invalid', 'The model was asked nothing.')
  const decidedAt = performance.now()
  const asked =
    question.length + reasoning.length - written.length + endings.reduce((sum, { tokens }) => sum + tokens.length, 0)
  const decided = { answers, leftOut, decisionMs: decidedAt - startedAt - reasonedMs }
  if (rationale?.when !== 'after') {
    return success({
      ...decided,
      rationale: model.detokenize([...written], false).trim(),
      tokens: { input: asked, output: written.length + endings.length },
      rationaleMs: reasonedMs,
    })
  }
  const meaning = likeliest(
    first,
    rationale.prompts.map((prompt) => prompt.meaning),
  )
  const told = ask.choices[0]
  const option = told?.options.find((candidate) => candidate.meaning === meaning)
  const prompt = rationale.prompts.find((candidate) => candidate.meaning === meaning)
  const followUp = conversation.followUp(
    ask.fixed,
    market,
    `${told?.stub ?? ''}${option?.answer ?? ''}`,
    prompt?.prompt ?? '',
  )
  const room = Math.min(rationale.maxTokens, sequence.contextSize - followUp.length)
  // Words that do not fit are no reason to lose a decision that stands.
  if (room > 0) {
    const shared = Math.min(sharedLength(question, followUp), sequence.nextTokenIndex)
    await sequence.eraseContextTokenRanges([{ start: shared, end: sequence.nextTokenIndex }])
    written = await write(followUp.slice(sequence.nextTokenIndex), room)
  }
  if (signal?.aborted) return withdrawnQuestion()
  return success({
    ...decided,
    rationale: model.detokenize([...written], false).trim(),
    tokens: { input: asked + followUp.length - question.length, output: endings.length + written.length },
    rationaleMs: performance.now() - decidedAt,
  })

  /** Reads the market once, then each choice's stub from the same state. Null: withdrawn, or no logits. */
  async function readChoices(market: readonly Token[]): Promise<Reading[] | null> {
    const [firstEnding] = endings
    if (firstEnding === undefined) return null
    // At least one token of each ending is left to be read, for its logits.
    const common = Math.max(
      0,
      Math.min(...endings.map(({ tokens }) => Math.min(sharedLength(tokens, firstEnding.tokens), tokens.length - 1))),
    )
    let pending: readonly Token[] = market
    while (pending.length > tokensPerStride && !signal?.aborted) {
      await sequence.evaluateWithoutGeneratingNewTokens(pending.slice(0, tokensPerStride))
      pending = pending.slice(tokensPerStride)
    }
    const readings: Reading[] = []
    const start = sequence.nextTokenIndex + pending.length + common
    for (const [index, choice] of ask.choices.entries()) {
      const ending = endings[index]
      if (ending === undefined || signal?.aborted) return null
      if (index > 0) await sequence.eraseContextTokenRanges([{ start, end: sequence.nextTokenIndex }])
      const unread = index === 0 ? [...pending, ...ending.tokens] : ending.tokens.slice(common)
      const probabilities = optionProbabilities(await nextLogits(unread, ending.answers))
      if (probabilities === null) return null
      readings.push({ choice, probabilities })
    }
    return readings
  }

  /** Logits of the given tokens after `tokens` were read. */
  async function nextLogits(tokens: readonly Token[], answers: readonly Token[]): Promise<number[]> {
    const filter = { tokens: [...answers] }
    const output = await sequence.controlledEvaluate(
      tokens.map((token, index) =>
        index === tokens.length - 1 ? [token, { generateNext: { logits: { filter } } }] : token,
      ),
    )
    const logits = output[tokens.length - 1]?.next.logits
    return answers.map((answer) => logits?.get(answer) ?? Number.NaN)
  }

  async function write(prompt: readonly Token[], mostTokens: number): Promise<Token[]> {
    const words: Token[] = []
    const sampling = { temperature: ask.temperature, seed: ask.seed }
    for await (const token of sequence.evaluate([...prompt], sampling)) {
      if (model.isEogToken(token) || signal?.aborted) break
      words.push(token)
      if (words.length >= mostTokens) break
    }
    return words
  }
}

export function withdrawnQuestion(): Outcome<never, ModelProblemCode> {
  return failure('timeout', 'The question was withdrawn before the model had answered.')
}
