import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { failure, success } from '@shared/contract/outcome'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { commandWaits, leaveCommand, watchCommands } from '../../src-main/engine/command-file'
import type { DeskCommand } from '../../src-main/engine/desk/desk-command'
import { dataFolder } from '../helpers/quartet'

let folder: ReturnType<typeof dataFolder>
let watching: { close(): void } | null = null
const patience = { timeout: 20_000 }
beforeEach(() => {
  folder = dataFolder()
})
afterEach(() => {
  watching?.close()
  folder.remove()
})

const isObeyed = () => expect.poll(() => commandWaits(folder.home), patience).toBe(false)

describe('A command that is left in the data folder', () => {
  test('is obeyed once, whether the desk runs already or starts later, and taken away', async () => {
    const obeyed: DeskCommand[] = []
    expect(leaveCommand(folder.home, 'kill').ok).toBe(true)
    watching = watchCommands(
      folder.home,
      async (command) => success(obeyed.push(command)),
      () => undefined,
    )
    await isObeyed()
    leaveCommand(folder.home, 'resume')
    await isObeyed()
    expect(obeyed).toEqual(['kill', 'resume'])
  })

  test('is tried again while the desk cannot obey, and a newer one takes its place', async () => {
    const asked: DeskCommand[] = []
    leaveCommand(folder.home, 'resume')
    const obey = async (command: DeskCommand) => {
      asked.push(command)
      return command === 'kill' ? success(null) : failure('disk_full', 'The disk is full.')
    }
    watching = watchCommands(folder.home, obey, () => undefined)
    await expect.poll(() => asked.length, patience).toBeGreaterThan(1)
    leaveCommand(folder.home, 'kill')
    await isObeyed()
    expect(asked.at(-1)).toBe('kill')
  })

  test.each(['', '{"command":"explode"}', '{"command":"kill","now":true}', 'kill'])(
    'and is none (%j) is thrown away and told',
    async (text) => {
      const told: string[] = []
      writeFileSync(join(folder.home, 'desk-command.json'), text)
      watching = watchCommands(
        folder.home,
        async () => {
          throw new Error('There is nothing to obey')
        },
        (message) => told.push(message),
      )
      await isObeyed()
      expect(told).toEqual([expect.stringContaining('holds no command')])
    },
  )

  test('cannot be left where there is no folder', () => {
    expect(leaveCommand(join(folder.home, 'missing'), 'kill')).toMatchObject({
      ok: false,
      problem: { code: 'command_unwritable' },
    })
    expect(existsSync(join(folder.home, 'missing'))).toBe(false)
  })
})
