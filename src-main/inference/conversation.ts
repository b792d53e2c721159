import type { AskModel } from '@shared/contract/inference'
import {
  type ChatHistoryItem,
  GeneralChatWrapper,
  type LlamaModel,
  resolveChatWrapper,
  type Token,
} from 'node-llama-cpp'

/**
 * How a question becomes tokens: one user message that starts with what never changes (instruction and options) and
 * ends with the market, then, once the action is known, a second one that asks for the reason. Messages are laid out
 * by the model's own chat template; what they say is plain text there, so a document cannot smuggle in control tokens.
 */
export interface Conversation {
  /** Tokens of the first message up to the place where the model answers with a letter. */
  question(ask: AskModel): Token[]
  /** Tokens at the start of every question with this instruction and these options, whatever the document says. */
  fixedPart(ask: AskModel, question: readonly Token[]): Token[]
  /** The same question with its answer, and a second message. */
  followUp(ask: AskModel, optionIndex: number, message: string): Token[]
  /** One token per option: the letters A, B, C. */
  readonly letters: readonly Token[]
}

const letterNames = ['A', 'B', 'C']

/** The question as the model reads it; the starter was trained on this very form. */
export function questionText(ask: Pick<AskModel, 'instruction' | 'options' | 'document'>): string {
  const options = ask.options.map(({ criterion }, index) => `${letterNames[index]}. ${criterion}\n`).join('')
  return `${ask.instruction}\n${options}\n${ask.document}`
}

/** Null where the model's vocabulary has no single token for each letter: such a model cannot be asked this way. */
export function openConversation(model: LlamaModel): Conversation | null {
  const letters = letterNames.map((letter) => singleToken(model, letter))
  if (letters.some((token) => token === null)) return null
  const wrapper = resolveChatWrapper(model, { warningLogs: false }) ?? new GeneralChatWrapper()

  const tokens = (history: ChatHistoryItem[]): Token[] =>
    wrapper
      .generateContextState({ chatHistory: [...history, { type: 'model', response: [] }] })
      .contextText.tokenize(model.tokenizer, 'trimLeadingSpace')
  const user = (text: string): ChatHistoryItem => ({ type: 'user', text })

  const question = (ask: AskModel): Token[] => tokens([user(questionText(ask))])
  return {
    letters: letters.filter((token) => token !== null),
    question,
    fixedPart(ask, questionTokens) {
      const bare = question({ ...ask, document: '' })
      let length = 0
      while (length < bare.length && bare[length] === questionTokens[length]) length++
      return bare.slice(0, length)
    },
    followUp: (ask, optionIndex, message) =>
      tokens([user(questionText(ask)), { type: 'model', response: [letterNames[optionIndex] ?? ''] }, user(message)]),
  }
}

function singleToken(model: LlamaModel, text: string): Token | null {
  const tokens = model.tokenize(text, false, 'trimLeadingSpace')
  return tokens.find((token) => model.detokenize([token], false).trim() === text) ?? null
}
