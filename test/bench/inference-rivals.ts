/** The plain ways to get a decision out of a model, each as its documentation shows it. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { getLlama, LlamaChatSession, LlamaLogLevel, type LlamaModel } from 'node-llama-cpp'
import { z } from 'zod'

/** What is asked: the fixed part of our prompt, and three questions as closed lists. */
export interface RivalTask {
  readonly instruction: string
  readonly questions: readonly RivalQuestion[]
}

export interface RivalQuestion {
  readonly name: string
  readonly text: string
  readonly options: Readonly<Record<string, string>>
}

export interface RivalOptions {
  readonly modelPath: string
  readonly threads: number
  readonly gpu: 'auto' | false
  readonly contextTokens: number
}

/** One way: decides on a market, as text. */
export interface Rival {
  decide(market: string): Promise<void>
  close(): Promise<void>
}

export async function openModel({ modelPath, threads, gpu }: RivalOptions): Promise<LlamaModel> {
  const llama = await getLlama({
    gpu,
    build: 'never',
    skipDownload: true,
    logLevel: LlamaLogLevel.disabled,
    maxThreads: threads,
  })
  return llama.loadModel({ modelPath })
}

/** LlamaChatSession with a JSON grammar of one enum per question; a fresh conversation for every decision. */
export async function jsonSession(model: LlamaModel, task: RivalTask, options: RivalOptions): Promise<Rival> {
  const context = await model.createContext({ contextSize: options.contextTokens, threads: options.threads })
  const systemPrompt = `${task.instruction}\n${jsonTask(task)}`
  const session = new LlamaChatSession({ contextSequence: context.getSequence(), systemPrompt })
  const grammar = await model.llama.createGrammarForJsonSchema({
    type: 'object',
    properties: Object.fromEntries(task.questions.map(({ name, options: all }) => [name, { enum: Object.keys(all) }])),
  })
  const start = session.getChatHistory()
  return {
    async decide(market) {
      session.setChatHistory(start)
      grammar.parse(await session.prompt(market, { grammar, temperature: 0, maxTokens: 128 }))
    },
    close: () => context.dispose(),
  }
}

/** createDecisionContext as it comes, asked the first `count` questions. */
export async function decisionContext(
  model: LlamaModel,
  task: RivalTask,
  count: number,
  options: RivalOptions,
): Promise<Rival> {
  const context = await model.createDecisionContext({
    contextSize: options.contextTokens,
    threads: options.threads,
    parallelQuestions: 1,
  })
  const questions = Object.fromEntries(
    task.questions
      .slice(0, count)
      .map(({ name, text, options: criteria }) => [name, { type: 'choice', instruction: text, criteria } as const]),
  )
  return {
    async decide(market) {
      await context.decide(`${task.instruction}\n${market}`, questions)
    },
    close: () => context.dispose(),
  }
}

/** llama-server with a JSON schema of the same enums, over HTTP on the loopback address, its prompt cache on. */
export async function llamaServer(program: string, task: RivalTask, options: RivalOptions): Promise<Rival> {
  const port = await freePort()
  const words = ['-m', options.modelPath, '-c', String(options.contextTokens), '-np', '1', '--port', String(port)]
  const server = spawn(program, [...words, '-t', String(options.threads), '--host', '127.0.0.1'], { stdio: 'ignore' })
  await serverReady(server, port)
  const properties = Object.fromEntries(
    task.questions.map(({ name, options: all }) => [name, { type: 'string', enum: Object.keys(all) }]),
  )
  const schema = { type: 'object', properties, required: Object.keys(properties), additionalProperties: false }
  const decisionSchema = z.strictObject(
    Object.fromEntries(task.questions.map(({ name, options: all }) => [name, z.enum(Object.keys(all))])),
  )
  return {
    async decide(market) {
      const response = await fetch(`http://127.0.0.1:${port}/v1/chat/completions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({
          messages: [
            { role: 'system', content: `${task.instruction}\n${jsonTask(task)}` },
            { role: 'user', content: market },
          ],
          temperature: 0,
          max_tokens: 128,
          cache_prompt: true,
          response_format: { type: 'json_schema', json_schema: { name: 'decision', schema } },
        }),
      })
      const answer = completionSchema.parse(await response.json())
      decisionSchema.parse(JSON.parse(answer.choices[0]?.message.content ?? ''))
    },
    async close() {
      const gone = once(server, 'exit')
      if (server.kill('SIGKILL')) await gone
    },
  }
}

const completionSchema = z.object({ choices: z.array(z.object({ message: z.object({ content: z.string() }) })).min(1) })

/** A model does not see the schema: the prompt has to describe it. */
function jsonTask({ questions }: RivalTask): string {
  const lines = questions.map(
    ({ name, text, options }) =>
      `"${name}": ${text} One of ${Object.entries(options)
        .map(([option, meaning]) => `"${option}" (${meaning})`)
        .join(', ')}.`,
  )
  return `Answer with one JSON object and nothing else.\n${lines.join('\n')}`
}

async function serverReady(server: ChildProcess, port: number): Promise<void> {
  for (let tries = 0; tries < 600; tries += 1) {
    const { exitCode, signalCode } = server
    if (exitCode !== null || signalCode !== null) throw new Error(`The server ended (${signalCode ?? exitCode})`)
    const signal = AbortSignal.timeout(2000)
    const answer = await fetch(`http://127.0.0.1:${port}/health`, { signal }).catch(() => null)
    if (answer?.ok) return
    await wait(100)
  }
  throw new Error('The server did not get ready within a minute')
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => (address !== null && typeof address === 'object' ? resolve(address.port) : reject()))
    })
  })
}
