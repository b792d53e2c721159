/**
 * An engine that speaks the frames of the contract and knows nothing of trading: it answers desk calls with what its
 * screen needs to show one decision, and plain words by telling who heard them. Its script comes in the environment.
 */
import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import type { DeskCalls, DeskPushes } from '@shared/contract/desk-calls'
import type { EngineFrame, ShellFrame } from '@shared/contract/engine-frames'
import { createBirpc } from 'birpc'

const generation = Number(process.env.QUARTET_ENGINE_GENERATION)
const home = process.env.QUARTET_HOME ?? '.'
const script = new Set((process.env.QUARTET_TEST_SCRIPT ?? '').split(' '))
const cannedAnswers = JSON.parse(process.env.QUARTET_TEST_ANSWERS ?? '{}')
const clients = new Map<string, (text: string) => void>()

function tell(frame: EngineFrame): void {
  if (process.connected) process.send?.(frame)
}

/** What the tests read: who ran, and everything that was heard. */
function note(line: string): void {
  appendFileSync(join(home, 'engine.log'), `${line}\n`)
}

function openClient(clientId: string): void {
  const listeners = new Set<(text: string) => void>()
  const post = (text: string): void => tell({ generation, kind: 'client.text', clientId, text })
  const answer = (name: string) => async () => cannedAnswers[name]
  createBirpc<DeskPushes, DeskCalls>(
    {
      snapshot: answer('snapshot'),
      candles: answer('candles'),
      decisions: answer('decisions'),
      activity: answer('activity'),
      news: answer('news'),
      switchNews: answer('switchNews'),
      pause: answer('snapshot'),
      resume: answer('snapshot'),
      kill: answer('snapshot'),
      reopenModels: answer('snapshot'),
      placeOrder: answer('placeOrder'),
      cancelOrder: answer('cancelOrder'),
    },
    {
      post,
      on: (listener) => listeners.add(listener),
      serialize: JSON.stringify,
      deserialize: JSON.parse,
    },
  )
  clients.set(clientId, (text) => {
    if (text.startsWith('{')) for (const listener of listeners) listener(text)
    else post(`engine ${generation} heard ${text} from ${clientId}`)
  })
}

function receive(frame: ShellFrame): void {
  if (frame.generation !== generation) {
    note(`${frame.kind} of generation ${frame.generation}`)
    return
  }
  switch (frame.kind) {
    case 'client.open':
      note(`open ${frame.clientId}`)
      openClient(frame.clientId)
      break
    case 'client.text':
      note(`text ${frame.text}`)
      clients.get(frame.clientId)?.(frame.text)
      break
    case 'client.close':
      note(`close ${frame.clientId}`)
      clients.delete(frame.clientId)
      break
    case 'stop':
      note('stop')
      if (!script.has('ignore-stop')) process.exit(0)
  }
}

note(`pid ${process.pid}`)
note(`environment ${Object.keys(process.env).sort().join(',')}`)
process.on('message', receive)
process.on('disconnect', () => process.exit(0))
if (script.has('fail-at-start')) {
  tell({
    generation,
    kind: 'failed',
    problem: { code: 'ledger_newer', message: 'The ledger is newer than this Quartet.' },
  })
  setTimeout(() => process.exit(1), 20)
} else if (script.has('another-generation')) {
  tell({ generation: generation + 7, kind: 'ready' })
} else {
  tell({ generation, kind: 'ready' })
}
