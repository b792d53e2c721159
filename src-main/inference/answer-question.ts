import type { AskModel, ModelAnswer, ModelProblemCode, QuestionAnswer } from '@shared/contract/inference'
import { failure, type Outcome, success } from '@shared/contract/outcome'
import type { LlamaContextSequence, LlamaModel, Token } from 'node-llama-cpp'
import { type Conversation, sharedLength } from './conversation'
import { answersOf, likeliest, optionProbabilities, type Reading } from './distribution'
import type { LaidOutQuestion } from './lay-out'

/** What a question is answered with. */
export interface Answerer {
  readonly model: LlamaModel
  readonly conversation: Conversation
  readonly sampling: Pick<AskModel, 'seed' | 'temperature'>
  readonly signal?: AbortSignal | undefined
}

type Answered = Omit<ModelAnswer, 'waitedMs'>

/** Answers on a sequence that has read the question's whole strides; the rest is read with what asks for the answer. */
export async function answerQuestion(
  question: LaidOutQuestion,
  sequence: LlamaContextSequence,
  answerer: Answerer,
): Promise<Outcome<Answered, ModelProblemCode>> {
  const startedAt = performance.now()
  const { ask, leftOut, tokens } = question
  const before = ask.rationale?.when === 'before' ? await reason(ask.rationale, question, sequence, answerer) : null
  const reasonedAt = performance.now()
  const readings = await readChoices(
    before?.unread ?? question.tokens.slice(question.strideEnd),
    question,
    sequence,
    answerer.signal,
  )
  if (answerer.signal?.aborted) return withdrawnQuestion()
  const answers = readings === null ? [] : answersOf(readings)
  const [first] = answers
  if (first === undefined) return failure('answer_invalid', 'The model gave no probabilities for the options.')
  const decidedAt = performance.now()
  const after =
    ask.rationale?.when === 'after' ? await explain(first, ask.rationale, question, sequence, answerer) : null
  if (answerer.signal?.aborted) return withdrawnQuestion()
  const words = before?.words ?? after?.words ?? []
  const stubs = question.endings.reduce((sum, ending) => sum + ending.tokens.length, 0)
  return success({
    answers,
    leftOut,
    rationale: answerer.model.detokenize([...words], false).trim(),
    tokens: {
      input: tokens.length + stubs + (before?.promptLength ?? after?.promptLength ?? 0),
      output: question.endings.length + words.length,
    },
    decisionMs: decidedAt - reasonedAt,
    rationaleMs: reasonedAt - startedAt + (performance.now() - decidedAt),
  })
}

interface Words {
  readonly words: readonly Token[]
  /** Tokens that asked for them. */
  readonly promptLength: number
}

type RationaleOf<When extends 'before' | 'after'> = Extract<NonNullable<AskModel['rationale']>, { when: When }>

/** The reason first; `unread` is what the sequence has still to read before a choice. */
async function reason(
  { opening, maxTokens }: RationaleOf<'before'>,
  { tokens, strideEnd }: LaidOutQuestion,
  sequence: LlamaContextSequence,
  answerer: Answerer,
): Promise<Words & { readonly unread: readonly Token[] }> {
  const { conversation } = answerer
  const prompt = [...tokens.slice(strideEnd), ...conversation.spoken(opening)]
  const words = await write(prompt, maxTokens, sequence, answerer)
  // The last word was drawn and not read yet; the answer follows on a line of its own.
  const all = [...tokens.slice(0, strideEnd), ...prompt, ...words, ...conversation.continued('\n')]
  return { words, promptLength: prompt.length, unread: all.slice(sequence.nextTokenIndex) }
}

/** Reads each choice's stub from the same state. Null: withdrawn, or no logits. */
async function readChoices(
  unread: readonly Token[],
  { ask, endings }: LaidOutQuestion,
  sequence: LlamaContextSequence,
  signal?: AbortSignal,
): Promise<Reading[] | null> {
  const stubs = endings.map(({ tokens }) => [...unread, ...tokens])
  const [first = []] = stubs
  // At least one token of each is left to be read, for its logits.
  const common = Math.max(0, Math.min(...stubs.map((stub) => Math.min(sharedLength(stub, first), stub.length - 1))))
  const start = sequence.nextTokenIndex
  const readings: Reading[] = []
  for (const [index, choice] of ask.choices.entries()) {
    const stub = stubs[index] ?? []
    if (signal?.aborted) return null
    const kept = readings.length > 0 ? common : 0
    await keepUpTo(sequence, start + kept)
    const logits = await nextLogits(stub.slice(kept), endings[index]?.answers ?? [], sequence)
    const probabilities = optionProbabilities(logits)
    if (probabilities === null) return null
    readings.push({ choice, probabilities })
  }
  return readings
}

/** Words that do not fit are no reason to lose a decision that stands. */
async function explain(
  answer: QuestionAnswer,
  { as, prompts, maxTokens }: RationaleOf<'after'>,
  { ask, market, tokens }: LaidOutQuestion,
  sequence: LlamaContextSequence,
  answerer: Answerer,
): Promise<Words> {
  const { conversation } = answerer
  const meaning = likeliest(
    answer,
    prompts.map((prompt) => prompt.meaning),
  )
  const [choice] = ask.choices
  const option = choice?.options.find((candidate) => candidate.meaning === meaning)
  const said = `${choice?.stub ?? ''}${option?.answer ?? ''}`
  const request = prompts.find((candidate) => candidate.meaning === meaning)?.prompt ?? ''
  const whole =
    as === 'message'
      ? conversation.followUp(ask.fixed, market, said, request)
      : [...tokens, ...conversation.spoken(said), ...conversation.continued(request)]
  const room = Math.min(maxTokens, sequence.contextSize - whole.length)
  if (room <= 0) return { words: [], promptLength: 0 }
  // Something must be read for its logits. The stub of the first choice need not be, where it was the last one asked.
  await keepUpTo(sequence, Math.min(sharedLength(sequence.contextTokens, whole), whole.length - 1))
  const prompt = whole.slice(sequence.nextTokenIndex)
  return { words: await write(prompt, room, sequence, answerer), promptLength: prompt.length }
}

async function keepUpTo(sequence: LlamaContextSequence, length: number): Promise<void> {
  if (sequence.nextTokenIndex > length) {
    await sequence.eraseContextTokenRanges([{ start: length, end: sequence.nextTokenIndex }])
  }
}

/** Logits of the given answers after `tokens` were read. */
async function nextLogits(
  tokens: readonly Token[],
  answers: readonly Token[],
  sequence: LlamaContextSequence,
): Promise<number[]> {
  const filter = { tokens: [...answers] }
  const output = await sequence.controlledEvaluate(
    tokens.map((token, index) =>
      index === tokens.length - 1 ? [token, { generateNext: { logits: { filter } } }] : token,
    ),
  )
  const logits = output[tokens.length - 1]?.next.logits
  return answers.map((answer) => logits?.get(answer) ?? Number.NaN)
}

async function write(
  prompt: readonly Token[],
  mostTokens: number,
  sequence: LlamaContextSequence,
  { model, sampling, signal }: Answerer,
): Promise<Token[]> {
  const words: Token[] = []
  for await (const token of sequence.evaluate([...prompt], sampling)) {
    if (model.isEogToken(token) || signal?.aborted) break
    words.push(token)
    if (words.length >= mostTokens) break
  }
  return words
}

export function withdrawnQuestion(): Outcome<never, ModelProblemCode> {
  return failure('timeout', 'The question was withdrawn before the model had answered.')
}
