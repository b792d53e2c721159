import { afterEach, describe, expect, test } from 'vitest'
import { MOST_DECISIONS } from '../../../src-renderer/store/desk-picture'
import { type DeskSession, startDeskSession } from '../../../src-renderer/store/desk-session'
import { createDeskStore, type DeskStore } from '../../../src-renderer/store/desk-store'
import { createDeskLink } from '../../../src-renderer/transport/desk-link'
import { webSocketTransport } from '../../../src-renderer/transport/web-socket-transport'
import { until } from '../../helpers/processes'
import { type ScriptedDesk, startScriptedDesk } from '../../helpers/scripted-desk'

/** The session over a real WebSocket, with the scripted desk at its other end. */
const open: { session: DeskSession; desk: ScriptedDesk }[] = []

async function connect(): Promise<{ store: DeskStore; session: DeskSession; desk: ScriptedDesk }> {
  const desk = await startScriptedDesk(null)
  for (let step = 0; step < 10; step += 1) desk.story.next()
  const store = createDeskStore('utc')
  const link = createDeskLink(webSocketTransport(desk.socketUrl))
  const session = startDeskSession(link, store, (task, delayMs) => {
    const timer = setTimeout(task, delayMs)
    return () => clearTimeout(timer)
  })
  open.push({ session, desk })
  await until('the desk was read', () => store.getState().picture !== null)
  return { store, session, desk }
}

afterEach(async () => {
  for (const { session, desk } of open.splice(0)) {
    session.close()
    await desk.close()
  }
})

const shownIds = (store: DeskStore): string[] =>
  store.getState().picture?.decisions.map(({ decision }) => decision.decisionId) ?? []
const toldIds = (desk: ScriptedDesk): string[] =>
  desk.story
    .decisions()
    .slice(0, MOST_DECISIONS)
    .map(({ decision }) => decision.decisionId)

describe('a screen that is connected', () => {
  test('shows every decision that is pushed, in order and once', async () => {
    const { store, desk } = await connect()
    for (let step = 0; step < 50; step += 1) desk.push(desk.story.next())
    await until('all were shown', () => shownIds(store).length === 60)
    expect(shownIds(store)).toEqual(toldIds(desk))
  })

  test('reads everything again after the line broke: nothing is missing, nothing is there twice', async () => {
    const { store, desk } = await connect()
    desk.push(desk.story.next())
    desk.drop()
    await until('the break was seen', () => store.getState().link.phase === 'reconnecting')
    const kept = shownIds(store)
    for (let step = 0; step < 40; step += 1) desk.story.next()
    expect(shownIds(store)).toEqual(kept)
    desk.accept()
    await until('the line is back', () => desk.screens() === 1)
    for (let step = 0; step < 5; step += 1) desk.push(desk.story.next())
    await until('all were shown', () => shownIds(store).length === 56)
    expect(shownIds(store)).toEqual(toldIds(desk))
    expect(store.getState().problem).toBeNull()
  })

  test('reads everything again when another run begins', async () => {
    const { store, desk } = await connect()
    const push = desk.story.next()
    const readings = desk.calls.filter((name) => name === 'snapshot').length
    const otherRun = push.snapshot.run === null ? null : { ...push.snapshot.run, runId: 'another' }
    desk.push({ ...push, snapshot: { ...push.snapshot, run: otherRun } })
    await until('it was read again', () => desk.calls.filter((name) => name === 'snapshot').length === readings + 1)
    await until('the decision is shown', () => shownIds(store).length === 11)
    expect(shownIds(store)).toEqual(toldIds(desk))
  })
})

describe('a command', () => {
  test('shows the state that the engine answers', async () => {
    const { store, session, desk } = await connect()
    await session.command('pause')
    expect(desk.calls).toContain('pause')
    expect(store.getState().picture?.snapshot.state).toBe('reduce_only')
    expect(store.getState().notice).toEqual({ tone: 'done', text: 'Desk reduces only: Paused by the user.' })
  })

  test('that the engine refuses shows its sentence and changes nothing', async () => {
    const { store, session, desk } = await connect()
    desk.refuseCommands('The ledger is read-only.')
    await session.command('kill')
    expect(store.getState().picture?.snapshot.state).toBe('active')
    expect(store.getState().notice?.tone).toBe('failed')
    expect(store.getState().notice?.text).toContain('The ledger is read-only.')
  })

  test('without a connection says that it was not sent', async () => {
    const { store, session, desk } = await connect()
    desk.drop()
    await until('the break was seen', () => store.getState().link.phase === 'reconnecting')
    await session.command('kill')
    expect(store.getState().notice?.text).toContain('was not sent')
    expect(desk.calls).not.toContain('kill')
  })
})
