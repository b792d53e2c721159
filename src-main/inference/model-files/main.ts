/**
 * The model-files program: a child of the engine that reads the headers of model files, says what the machine can hold,
 * fetches files from the hub and hashes them. It keeps native code and gigabytes away from the engine, is called over its
 * IPC channel, writes nothing to stdout, and ends when that channel closes; a transfer that ends with it goes on later.
 */

import { stat } from 'node:fs/promises'
import {
  type ModelFilesCalls,
  type ModelFilesProblemCode,
  type ModelFilesPushes,
  type ModelSource,
  modelFilesCallArguments,
  modelFilesFrameSchema,
} from '@shared/contract/model-files'
import type { Outcome } from '@shared/contract/outcome'
import { failure, success } from '@shared/contract/outcome'
import { createBirpc } from 'birpc'
import { checkGgufFile } from '../gguf-file'
import { estimateFit } from './fit'
import { describeHeader, type OpenedHeader, openHeader } from './header'
import { type Hub, hubFromEnvironment, readText } from './hub'
import { describeMachine } from './machine'
import { freeBytesOf, transfer } from './transfer'

process.title = 'quartet-model-files'

if (process.send !== undefined) serve()
else {
  process.stderr.write('This program is started by the Quartet engine and answers only to it.\n')
  process.exitCode = 2
}

type Answer<Value> = Outcome<Value, ModelFilesProblemCode>

/** A hub that does not even answer for a header or a licence is not waited for longer. */
const readDeadlineMs = 60_000

function serve(): void {
  const transfers = new Map<string, AbortController>()
  let hubAnswer: Promise<Answer<Hub>> | null = null
  const hub = (): Promise<Answer<Hub>> => {
    hubAnswer ??= hubFromEnvironment(process.env)
    return hubAnswer
  }

  async function withHeader<Value>(
    source: ModelSource,
    use: (header: OpenedHeader) => Promise<Value>,
  ): Promise<Answer<Value>> {
    const opened = await withinDeadline(source.kind, (signal) => openHeader(source, hub, signal))
    if (!opened.ok) return opened
    try {
      return success(await use(opened.value))
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      return failure('model_broken', `The model cannot be laid out from its header (${why}). Use another file.`)
    } finally {
      await opened.value.close()
    }
  }

  const calls: ModelFilesCalls = {
    async machine(...args) {
      const [{ gpu }] = modelFilesCallArguments.machine.parse(args)
      return success(await describeMachine(gpu))
    },
    async header(...args) {
      const [source] = modelFilesCallArguments.header.parse(args)
      return withHeader(source, async (header) => describeHeader(header))
    },
    async hash(...args) {
      const [{ path }] = modelFilesCallArguments.hash.parse(args)
      const opened = await openHeader({ kind: 'file', path }, hub, AbortSignal.timeout(readDeadlineMs))
      if (!opened.ok) return opened
      const { mtimeMs } = await stat(path)
      const checked = await checkGgufFile(path)
      if (checked.ok) return success({ sizeBytes: checked.value.sizeBytes, mtimeMs, sha256: checked.value.sha256 })
      const { code, message } = checked.problem
      return failure(code === 'model_missing' || code === 'not_a_gguf' ? code : 'model_broken', message)
    },
    async fit(...args) {
      const [{ source, ...request }] = modelFilesCallArguments.fit.parse(args)
      return withHeader(source, async (header) => ({
        header: describeHeader(header),
        fit: await estimateFit(request, header),
      }))
    },
    async text(...args) {
      const [place] = modelFilesCallArguments.text.parse(args)
      const known = await hub()
      return known.ok ? withinDeadline('hub', (signal) => readText(known.value, place, signal)) : known
    },
    async transfer(...args) {
      const [request] = modelFilesCallArguments.transfer.parse(args)
      const known = await hub()
      if (!known.ok) return known
      const stop = new AbortController()
      transfers.set(request.transferId, stop)
      try {
        return await transfer(request, {
          hub: known.value,
          signal: stop.signal,
          onProgress: (progress) => void rpc.$callEvent('transferChanged', progress),
          freeBytes: freeBytesOf,
          nowMs: () => performance.now(),
        })
      } finally {
        transfers.delete(request.transferId)
      }
    },
    async cancel(...args) {
      const [transferId] = modelFilesCallArguments.cancel.parse(args)
      transfers.get(transferId)?.abort()
    },
    async stop() {
      process.exit(0)
    },
  }
  const rpc = createBirpc<ModelFilesPushes, ModelFilesCalls>(calls, {
    timeout: -1,
    post: (message: unknown) => {
      process.send?.({ message })
    },
    on: (receive) => {
      process.on('message', (raw) => receive(modelFilesFrameSchema.parse(raw).message))
    },
    onFunctionError: endWith,
    onGeneralError: endWith,
  })

  // What has arrived is on the disk already: there is nothing to save.
  const endAtOnce = (): boolean => process.kill(process.pid, 'SIGKILL')
  process.on('disconnect', endAtOnce)
  if (!process.connected) endAtOnce()
  // Ctrl-C reaches the whole process group; the engine stops its transfers first and then this process.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined)
}

async function withinDeadline<Value>(
  kind: ModelSource['kind'],
  work: (signal: AbortSignal) => Promise<Answer<Value>>,
): Promise<Answer<Value>> {
  const deadline = AbortSignal.timeout(readDeadlineMs)
  try {
    return await work(deadline)
  } catch (error) {
    if (!deadline.aborted && kind === 'file') throw error
    const why = deadline.aborted ? `no answer within ${readDeadlineMs / 1000} s` : 'the connection broke'
    return failure('network_failed', `The hub cannot be read (${why}). Check the connection and try again.`)
  }
}

/** An exception is a bug, and what it left behind is not to be trusted: a fresh process takes over. */
function endWith(error: Error): never {
  process.stderr.write(`${error.stack ?? error.message}\n`)
  process.exit(1)
}
