import type { Choice, LoadModel } from '@shared/contract/inference'
import {
  type ChatHistoryItem,
  GeneralChatWrapper,
  JinjaTemplateChatWrapper,
  type LlamaModel,
  LlamaText,
  resolveChatWrapper,
  type Token,
} from 'node-llama-cpp'

/**
 * How a question becomes tokens. What never changes (instruction, questions, criteria) comes first, the market last;
 * then comes the model's own turn, which a choice begins with its stub. What messages say is plain text there, so a
 * document cannot smuggle in control tokens.
 */
export interface Conversation {
  /** Tokens up to the place where the model answers. */
  question(fixed: string, market: string): Token[]
  /** Tokens at the start of every question with this fixed text, whatever the market is. */
  fixedPart(fixed: string): readonly Token[]
  /** What follows the question's tokens for a choice; null where the vocabulary cannot tell the answers apart. */
  ending(choice: Choice): ChoiceEnding | null
  /** Words with which the model's turn begins, after the question. */
  spoken(words: string): readonly Token[]
  /** Plain text further on in the model's turn. */
  continued(text: string): Token[]
  /** The question with its answer, and a second message. */
  followUp(fixed: string, market: string, answer: string, message: string): Token[]
}

export interface ChoiceEnding {
  /** The stub, and as much of the answers as they have in common. */
  readonly tokens: readonly Token[]
  /** The token that each answer goes on with, in the order of the options. */
  readonly answers: readonly Token[]
}

/** Everything that is different about a market, so that the fixed part ends where markets begin to differ. */
const probes = ['A', '1. b'] as const

export function openConversation(model: LlamaModel, form: LoadModel['form']): Conversation {
  const { tokens, spoken } = form === 'template' ? templated(model) : instructed(model)
  const fixedParts = new Map<string, readonly Token[]>()
  const openings = new Map<string, readonly Token[]>()
  const endings = new Map<string, ChoiceEnding | null>()

  function fixedPart(fixed: string): readonly Token[] {
    const known = fixedParts.get(fixed)
    if (known !== undefined) return known
    const [one, other] = probes.map((market) => tokens([{ asked: { fixed, market } }]))
    const shared = (one ?? []).slice(0, sharedLength(one ?? [], other ?? []))
    fixedParts.set(fixed, shared)
    return shared
  }

  function spokenOnce(words: string): readonly Token[] {
    const known = openings.get(words)
    if (known !== undefined) return known
    const found = spoken(words)
    openings.set(words, found)
    return found
  }

  function ending(choice: Choice): ChoiceEnding | null {
    const key = JSON.stringify(choice)
    const known = endings.get(key)
    if (known !== undefined) return known
    const found = endingOf(choice, spoken)
    endings.set(key, found)
    return found
  }

  return {
    question: (fixed, market) => tokens([{ asked: { fixed, market } }]),
    fixedPart,
    ending,
    spoken: (words) => spokenOnce(words),
    continued: (text) => model.tokenize(text, false),
    followUp: (fixed, market, answer, message) =>
      tokens([{ asked: { fixed, market }, answered: answer }, { asked: { fixed: message, market: '' } }]),
  }
}

/**
 * Whether the model's own template, if it has one, can lay a message out. That takes milliseconds, while finding out which
 * of the known templates it is lays many messages out: a template that never ends is noticed here, long before.
 */
export function canLayOut(model: LlamaModel): boolean {
  const template = model.fileInfo.metadata.tokenizer?.chat_template
  if (template === undefined) return true
  try {
    new JinjaTemplateChatWrapper({ template }).generateContextState({ chatHistory: [{ type: 'user', text: 'A' }] })
    return true
  } catch {
    return false
  }
}

interface Turn {
  readonly asked: { readonly fixed: string; readonly market: string }
  readonly answered?: string
}

interface Layout {
  tokens(turns: readonly Turn[]): Token[]
  /** Tokens of words with which the model's own turn begins. */
  spoken(words: string): Token[]
}

/** By the model's own chat template, each turn one user message. */
function templated(model: LlamaModel): Layout {
  const wrapper = resolveChatWrapper(model, { warningLogs: false }) ?? new GeneralChatWrapper()
  const laidOut = (turns: readonly Turn[], open: string): Token[] => {
    const history = turns.flatMap(({ asked, answered }): ChatHistoryItem[] => [
      { type: 'user', text: `${asked.fixed}${asked.market}` },
      ...(answered === undefined ? [] : [{ type: 'model' as const, response: [answered] }]),
    ])
    const chatHistory: ChatHistoryItem[] = [...history, { type: 'model', response: open === '' ? [] : [open] }]
    return wrapper.generateContextState({ chatHistory }).contextText.tokenize(model.tokenizer, 'trimLeadingSpace')
  }
  const probe: Turn = { asked: { fixed: '', market: probes[0] } }
  return {
    tokens: (turns) => laidOut(turns, ''),
    spoken: (words) => laidOut([probe], words).slice(laidOut([probe], '').length),
  }
}

/** FinGPT's form: it was trained on these three words at the starts of lines, and on no template. */
function instructed(model: LlamaModel): Layout {
  const bos = model.tokens.shouldPrependBosToken && model.tokens.bos !== null ? [model.tokens.bos] : []
  const wording = ({ asked: { fixed, market }, answered }: Turn): string =>
    `Instruction: ${fixed}\nInput: ${market}\nAnswer:${answered === undefined ? '' : ` ${answered}\n\n`}`
  return {
    tokens: (turns) => [...bos, ...LlamaText([turns.map(wording).join('')]).tokenize(model.tokenizer)],
    spoken: (words) => {
      const before = wording({ asked: { fixed: '', market: probes[0] } })
      const bare = LlamaText([before]).tokenize(model.tokenizer)
      const whole = LlamaText([`${before} ${words}`]).tokenize(model.tokenizer)
      return whole.slice(sharedLength(bare, whole))
    },
  }
}

function endingOf({ stub, options }: Choice, spoken: Layout['spoken']): ChoiceEnding | null {
  const variants = options.map(({ answer }) => spoken(`${stub}${answer}`))
  const [first = []] = variants
  const shared = Math.min(...variants.map((variant) => sharedLength(first, variant)))
  const answers = variants.flatMap((variant) => variant.slice(shared, shared + 1))
  if (answers.length < options.length || new Set(answers).size < options.length) return null
  return { tokens: first.slice(0, shared), answers }
}

export function sharedLength(left: readonly Token[], right: readonly Token[]): number {
  let length = 0
  while (length < left.length && length < right.length && left[length] === right[length]) length++
  return length
}
