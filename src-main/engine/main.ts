/**
 * The engine as a program of its own, started by the desktop shell: it speaks the frames of `engine-frames.ts` over the
 * IPC channel it was forked with, and ends with its shell.
 */
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  ENGINE_GENERATION_VARIABLE,
  type EngineFrame,
  engineGenerationSchema,
  shellFrameSchema,
} from '@shared/contract/engine-frames'
import type { Problem } from '@shared/contract/outcome'
import { firstRun } from './first-run'
import { openEngineHere } from './open-here'
import { findPlaces } from './places'
import { serveDesk } from './server/desk-channel'

const places = findPlaces(dirname(fileURLToPath(import.meta.url)), process.env, process.platform)
const generation = engineGenerationSchema.parse(process.env[ENGINE_GENERATION_VARIABLE])
const stopping = new AbortController()
const failedExitCode = 1

function send(frame: EngineFrame): void {
  if (process.connected) process.send?.(frame)
}

async function fail(problem: Problem): Promise<void> {
  send({ generation, kind: 'failed', problem: { code: problem.code, message: problem.message } })
  process.exitCode = failedExitCode
  if (process.connected) process.disconnect()
}

process.on('disconnect', () => stopping.abort())
process.on('SIGTERM', () => stopping.abort())
process.on('SIGINT', () => stopping.abort())

const opened = await openEngineHere(places)
if (!opened.ok) {
  await fail(opened.problem)
} else {
  const engine = opened.value
  const screens = new Map<string, { hear(text: string): void; close(): void }>()

  function openScreen(clientId: string): void {
    screens.get(clientId)?.close()
    let hear: (text: string) => void = () => undefined
    const channel = serveDesk({
      desk: engine,
      send: (text) => send({ generation, kind: 'client.text', clientId, text }),
      onText: (listener) => {
        hear = listener
        return () => {
          hear = () => undefined
        }
      },
    })
    screens.set(clientId, { hear: (text) => hear(text), close: channel.close })
  }

  process.on('message', (message) => {
    const frame = shellFrameSchema.safeParse(message)
    if (!frame.success || frame.data.generation !== generation) return
    switch (frame.data.kind) {
      case 'client.open':
        openScreen(frame.data.clientId)
        break
      case 'client.text':
        screens.get(frame.data.clientId)?.hear(frame.data.text)
        break
      case 'client.close':
        screens.get(frame.data.clientId)?.close()
        screens.delete(frame.data.clientId)
        break
      case 'stop':
        stopping.abort()
        break
    }
  })

  const started = await engine.startRun(firstRun(places))
  if (!started.ok) {
    await engine.close()
    await fail(started.problem)
  } else {
    send({ generation, kind: 'ready' })
    const ended = await started.value.desk.run(stopping.signal)
    // After the last candle the desk stays open: there is a day to look at, and decisions can still be asked for.
    if (ended.ok && !stopping.signal.aborted)
      await new Promise((resolve) => stopping.signal.addEventListener('abort', resolve))
    for (const screen of screens.values()) screen.close()
    await engine.close()
    if (ended.ok && process.connected) process.disconnect()
    else if (!ended.ok) await fail(ended.problem)
  }
}
