import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { answerKey } from '../../../../src-main/engine/gateway/answer-cache/answer-key'
import { askedQuestion } from './asked-question'

type Path = readonly string[]

/** Every single value that a question, its context and its model are made of. */
function leaves(value: unknown, path: Path = []): Path[] {
  if (value === null || typeof value !== 'object') return [path]
  return Object.entries(value).flatMap(([name, member]) => leaves(member, [...path, name]))
}

function changed(value: unknown): unknown {
  if (typeof value === 'number') return value + 1e-9 === value ? value + 1 : value + 1e-9
  if (typeof value === 'string') return `${value} `
  return typeof value === 'boolean' ? !value : 0
}

/** The question with these values changed. */
function askedWith(paths: readonly Path[]) {
  const asked = structuredClone(askedQuestion())
  for (const path of paths) {
    const owner = path.slice(0, -1).reduce((at: object, name) => Object(Reflect.get(at, name)), asked)
    const name = path.at(-1) ?? ''
    Reflect.set(owner, name, changed(Reflect.get(owner, name)))
  }
  return asked
}

const paths = leaves(askedQuestion())
const key = answerKey(askedQuestion())
const without: Path[] = [
  ['identity', 'model', 'loadMs'],
  ['identity', 'model', 'sequences'],
  ['question', 'priority'],
]
const name = (path: Path): string => path.join('.')
const ignored = new Set(without.map(name))

describe('The key of an answer', () => {
  it('changes with every single value that the answer depends on', () => {
    expect(paths.length).toBeGreaterThan(100)
    const same = paths.filter((path) => answerKey(askedWith([path])) === key).map(name)
    expect(new Set(same)).toEqual(ignored)
  })

  it('is shared by no two different questions, however many of their values differ', () => {
    const some = fc.subarray(paths.map((_, index) => index))
    const counting = (indices: readonly number[]) =>
      indices.map((index) => paths[index] ?? []).filter((path) => !ignored.has(name(path)))
    fc.assert(
      fc.property(some, some, (left, right) => {
        const isEqual = counting(left).map(name).join() === counting(right).map(name).join()
        const keys = [left, right].map((indices) => answerKey(askedWith(indices.map((index) => paths[index] ?? []))))
        return (keys[0] === keys[1]) === isEqual
      }),
    )
  })

  it.each([
    ['one headline less', { ...askedQuestion().context, headlines: [] }],
    ['no word about headlines', { ...askedQuestion().context, headlines: undefined }],
    ['a figure that the prompt rounds away', { ...askedQuestion().context, price: 44_000.000001 }],
    ['an unknown figure instead of a zero', { ...askedQuestion().context, sentiment: null }],
  ])('differs for %s', (_, { headlines, ...context }) => {
    const changedContext = headlines === undefined ? context : { ...context, headlines }
    expect(answerKey({ ...askedQuestion(), context: changedContext })).not.toBe(key)
  })

  it('differs when the options stand in another order, or one of them is left out', () => {
    const { question, ...rest } = askedQuestion()
    const keys = [
      question.choices,
      question.choices.toReversed(),
      question.choices.slice(1),
      question.choices.map((choice) => ({ ...choice, options: choice.options.toReversed() })),
    ].map((choices) => answerKey({ ...rest, question: { ...question, choices } }))
    expect(new Set(keys).size).toBe(keys.length)
  })

  it('does not depend on the order in which a context was put together', () => {
    const { context, ...rest } = askedQuestion()
    const reversed = structuredClone(context)
    for (const [field, value] of Object.entries(context).toReversed()) {
      Reflect.deleteProperty(reversed, field)
      Reflect.set(reversed, field, value)
    }
    expect(Object.keys(reversed)).not.toEqual(Object.keys(context))
    expect(answerKey({ ...rest, context: reversed })).toBe(key)
  })
})
