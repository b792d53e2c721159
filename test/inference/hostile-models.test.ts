import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { checkGgufFile } from '../../src-main/inference/gguf-file'
import { openModelSession } from '../../src-main/inference/model-session'
import { float32, ggufParts, text, u64, uint32 } from '../helpers/gguf/gguf-bytes'
import { writeRandomAdapter } from '../helpers/gguf/random-adapter'
import { writeRandomModel } from '../helpers/gguf/random-model'
import { byteVocabulary } from '../helpers/gguf/vocabulary'
import { loadOf, plainQuestion } from '../helpers/model-questions'
import { temporaryFolder } from '../helpers/temporary-folder'
import { tinyGguf, writeTinyGguf } from '../helpers/tiny-gguf'

const folder = temporaryFolder('hostile')
const at = (name: string): string => join(folder, name)

describe('a GGUF with an absurd header', () => {
  const whole = tinyGguf()
  const tensorCountAt = 8
  const metadataCountAt = 16

  test.each([
    ['more tensors than the file has bytes', tensorCountAt, 2 ** 40],
    ['more metadata than the file has bytes', metadataCountAt, 2 ** 40],
    ['a key longer than the file', 24, 2 ** 40],
  ])('is refused as broken: %s', async (_, offset, value) => {
    const path = at(`absurd-${offset}.gguf`)
    writeFileSync(path, Buffer.concat([whole.subarray(0, offset), u64(value), whole.subarray(offset + 8)]))
    expect(await checkGgufFile(path)).toMatchObject({ ok: false, problem: { code: 'model_broken' } })
  })

  test('with a context of no tokens gets the context that was asked for; one of a billion is cut to it', async () => {
    for (const contextTokens of [0, 1_000_000_000]) {
      const opened = await openModelSession(loadOf(writeTinyGguf(at('context.gguf'), { contextTokens })))
      if (!opened.ok) throw new Error(opened.problem.message)
      expect(opened.value.identity.contextTokens).toBe(512)
      await opened.value.dispose()
    }
  })

  test('asked for a context that no memory holds says how much it would take', async () => {
    const path = writeRandomModel(at('wide.gguf'), {
      architecture: 'llama',
      weights: 'Q4_0',
      vocabulary: byteVocabulary(),
      contextTokens: 2 ** 31 - 1,
      embedding: 512,
      layers: 24,
    })
    expect(await openModelSession(loadOf(path, { contextTokens: 1_000_000 }))).toMatchObject({
      problem: { code: 'out_of_memory', message: expect.stringMatching(/needs about [\d.]+ GiB/) },
    })
  })
})

describe('a context', () => {
  test('is as long as it was asked for, though its cache may hold a few cells more', async () => {
    const opened = await openModelSession(loadOf(writeTinyGguf(at('cells.gguf')), { contextTokens: 1024 }))
    if (!opened.ok) throw new Error(opened.problem.message)
    expect(opened.value.identity.contextTokens).toBe(1024)
    // A letter is a token of the tiny model.
    expect(await opened.value.ask(plainQuestion(0, 'x'.repeat(900)))).toMatchObject({ ok: true })
    expect(await opened.value.ask(plainQuestion(0, 'x'.repeat(1000)))).toMatchObject({
      problem: { code: 'prompt_too_long' },
    })
    await opened.value.dispose()
  })

  test('that was stretched after the training is known by its first length', async () => {
    const stretched = { architecture: 'phi3', weights: 'F16', contextTokens: 131_072 } as const
    const extraMetadata = [uint32('phi3.rope.scaling.original_context_length', 4096)]
    const path = writeRandomModel(at('stretched.gguf'), { ...stretched, extraMetadata })
    expect(await checkGgufFile(path)).toMatchObject({
      value: { trainContextTokens: 131_072, firstContextTokens: 4096 },
    })
  })
})

describe('a chat template', () => {
  test.each([
    ['reads files', "{% include '/etc/passwd' %}{{ messages }}"],
    ['imports', "{% import 'os' as os %}{{ os.environ }}"],
    ['reaches for the program', '{{ self.__class__.__mro__ }}{{ constructor.constructor("return process")() }}'],
    ['is no template', '{% for message in messages %}{{ unclosed'],
  ])('that %s gains nothing: the model is asked without it', async (_, chatTemplate) => {
    const path = writeTinyGguf(at('template.gguf'), { chatTemplate })
    const opened = await openModelSession(loadOf(path))
    if (!opened.ok) throw new Error(opened.problem.message)
    expect(await opened.value.ask(plainQuestion(0))).toMatchObject({ ok: true })
    await opened.value.dispose()
  })
})

describe('a model that cannot judge', () => {
  test('because its weights are no numbers gives no answer instead of a made-up one', async () => {
    const path = writeRandomModel(at('nan.gguf'), {
      architecture: 'llama',
      weights: 'F32',
      vocabulary: byteVocabulary(),
      spread: Number.NaN,
    })
    const opened = await openModelSession(loadOf(path))
    if (!opened.ok) throw new Error(opened.problem.message)
    expect(await opened.value.ask(plainQuestion(0))).toMatchObject({ problem: { code: 'answer_invalid' } })
    await opened.value.dispose()
  })

  test('because its vocabulary lacks the letters of the options says so', async () => {
    const vocabulary = byteVocabulary('ABC')
    const path = writeRandomModel(at('letters.gguf'), { architecture: 'llama', weights: 'F32', vocabulary })
    const opened = await openModelSession(loadOf(path))
    if (!opened.ok) throw new Error(opened.problem.message)
    expect(await opened.value.ask(plainQuestion(0))).toMatchObject({
      problem: { code: 'model_broken', message: expect.stringContaining('cannot tell the answers apart') },
    })
    await opened.value.dispose()
  })

  test('because two answers begin with the same token says so', async () => {
    const opened = await openModelSession(loadOf(writeTinyGguf(at('same.gguf'))))
    if (!opened.ok) throw new Error(opened.problem.message)
    const ask = plainQuestion(0)
    const choices = ask.choices.map((choice) => ({
      ...choice,
      options: choice.options.map((option) => ({ ...option, answer: 'A' })),
    }))
    expect(await opened.value.ask({ ...ask, choices })).toMatchObject({ problem: { code: 'model_broken' } })
    await opened.value.dispose()
  })
})

describe('a LoRA adapter', () => {
  const base = writeTinyGguf(at('base.gguf'))

  test('made for the base changes its answers, and is another model in the journal', async () => {
    const plain = await openModelSession(loadOf(base))
    const adapterPath = writeRandomAdapter(at('adapter.gguf'), { architecture: 'llama', embedding: 32 })
    const adapted = await openModelSession(loadOf(base, { adapterPath }))
    if (!plain.ok || !adapted.ok) throw new Error('A model did not load')
    expect(adapted.value.identity.modelHash).not.toBe(plain.value.identity.modelHash)
    const [one, other] = [await plain.value.ask(plainQuestion(0)), await adapted.value.ask(plainQuestion(0))]
    if (!one.ok || !other.ok) throw new Error('A model did not answer')
    expect(other.value.answers).not.toEqual(one.value.answers)
    await plain.value.dispose()
    await adapted.value.dispose()
  })

  test.each([
    ['for a base of another architecture', { architecture: 'qwen2', embedding: 32 }],
    ['for a base of another width', { architecture: 'llama', embedding: 64 }],
  ])('%s is refused', async (_, made) => {
    const adapterPath = writeRandomAdapter(at('foreign.gguf'), made)
    expect(await openModelSession(loadOf(base, { adapterPath }))).toMatchObject({ problem: { code: 'adapter_broken' } })
  })

  test('that is cut, missing or no adapter at all is refused', async () => {
    const whole = Buffer.concat(ggufParts([text('general.architecture', 'llama'), float32('x', 1), uint32('y', 1)], []))
    writeFileSync(at('cut.gguf'), whole.subarray(0, 40))
    for (const adapterPath of [at('cut.gguf'), at('none.gguf'), base]) {
      expect(await openModelSession(loadOf(base, { adapterPath }))).toMatchObject({
        problem: { code: 'adapter_broken' },
      })
    }
  })
})

describe('a session that is disturbed', () => {
  test('answers after ten questions were withdrawn in a row, waiting or under way', async () => {
    const opened = await openModelSession(loadOf(writeTinyGguf(at('busy.gguf')), { contextTokens: 4096, sequences: 2 }))
    if (!opened.ok) throw new Error(opened.problem.message)
    const withdrawn = Array.from({ length: 10 }, (_, index) => {
      const withdrawal = new AbortController()
      setTimeout(() => withdrawal.abort(), 5 * index)
      return opened.value.ask(plainQuestion(2000), withdrawal.signal)
    })
    for (const answer of await Promise.all(withdrawn)) expect(answer).toMatchObject({ problem: { code: 'timeout' } })
    expect(await opened.value.ask(plainQuestion(8))).toMatchObject({ ok: true })
    await opened.value.dispose()
  })

  test('lets a live question pass those of a backtest that came before it', async () => {
    const opened = await openModelSession(loadOf(writeTinyGguf(at('fair.gguf')), { contextTokens: 1024 }))
    if (!opened.ok) throw new Error(opened.problem.message)
    const order: string[] = []
    const asked = (name: string, priority: 'live' | 'backtest') =>
      opened.value.ask({ ...plainQuestion(60, name), priority }).then(() => order.push(name))
    const all = ['b1', 'b2', 'b3'].map((name) => asked(name, 'backtest'))
    await Promise.all([...all, asked('live', 'live')])
    expect(order).toEqual(['b1', 'live', 'b2', 'b3'])
    await opened.value.dispose()
  })

  test('is unloaded in the middle of a decision without a hang', async () => {
    const opened = await openModelSession(loadOf(writeTinyGguf(at('leaving.gguf')), { contextTokens: 1024 }))
    if (!opened.ok) throw new Error(opened.problem.message)
    const answer = opened.value.ask(plainQuestion(200))
    await opened.value.dispose()
    expect(await answer).toHaveProperty('ok')
  })
})
