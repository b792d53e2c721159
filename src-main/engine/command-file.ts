/**
 * How a command reaches a desk that runs in another process: a file in the data folder, which the desk obeys and takes
 * away. It works without a web server, and a desk that dies first finds it at its next start.
 */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { failure, type Outcome, success } from '@shared/contract/outcome'
import { z } from 'zod'
import { type DeskCommand, deskCommandSchema } from './desk/desk-command'
import { wholeFile } from './whole-file'

const fileName = 'desk-command.json'
const commandFileSchema = z.strictObject({ command: deskCommandSchema })

/** How often a running desk looks for the file. */
const lookEveryMs = 250

/** Leaves a command for the desk; a newer one takes the place of one that was not obeyed yet. */
export function leaveCommand(dataDir: string, command: DeskCommand): Outcome<null, 'command_unwritable'> {
  const whole = wholeFile(join(dataDir, fileName))
  try {
    writeFileSync(whole.unfinishedPath, `${JSON.stringify({ command })}\n`)
    whole.finish()
    return success(null)
  } catch (error) {
    whole.abandon()
    const why = error instanceof Error ? error.message : String(error)
    return failure('command_unwritable', `The command cannot be left in ${dataDir} (${why}).`)
  }
}

/** Whether a command waits to be obeyed. */
export function commandWaits(dataDir: string): boolean {
  return existsSync(join(dataDir, fileName))
}

/** Obeys what is left, now and later, one command at a time; a file that is no command is thrown away and told. */
export function watchCommands(
  dataDir: string,
  obey: (command: DeskCommand) => Promise<Outcome<unknown>>,
  warn: (message: string) => void,
): { close(): void } {
  const path = join(dataDir, fileName)
  let busy = false
  const look = async (): Promise<void> => {
    if (busy || !existsSync(path)) return
    busy = true
    try {
      const command = readCommand(path)
      if (command === null) warn(`${path} holds no command and is thrown away.`)
      const obeyed = command === null ? success(null) : await obey(command)
      // What could not be obeyed (a full disk) is tried again; a newer command stays.
      if (!obeyed.ok) warn(obeyed.problem.message)
      else if (readCommand(path) === command) rmSync(path, { force: true })
    } finally {
      busy = false
    }
  }
  const timer = setInterval(() => void look(), lookEveryMs)
  timer.unref()
  void look()
  return { close: () => clearInterval(timer) }
}

function readCommand(path: string): DeskCommand | null {
  try {
    const file = commandFileSchema.safeParse(JSON.parse(readFileSync(path, 'utf8')))
    return file.success ? file.data.command : null
  } catch {
    return null
  }
}
