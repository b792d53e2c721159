import type { Problem } from '@shared/contract/outcome'
import { type BrowserWindow, dialog } from 'electron'

/** What the user wants of an engine that fell three times in a row. */
export type StoppedEngineChoice = 'restart' | 'leave' | 'quit'

const CHOICES = ['restart', 'leave', 'quit'] as const satisfies readonly StoppedEngineChoice[]

/** The breaker is open: only this answer, or the menu, closes it. */
export async function askAboutStoppedEngine(
  window: BrowserWindow,
  problem: Problem | null,
): Promise<StoppedEngineChoice> {
  const { response } = await dialog.showMessageBox(window, {
    type: 'error',
    title: 'Quartet',
    message: 'The engine stopped. Restart it?',
    detail: `${problem?.message ?? 'It gave no reason.'}\n\nNothing that the desk recorded is lost.`,
    buttons: ['Restart the engine', 'Leave it stopped', 'Quit Quartet'],
    defaultId: 0,
    cancelId: 1,
    noLink: true,
  })
  return CHOICES[response] ?? 'leave'
}

/** True to load the page again. */
export async function askToReloadPage(window: BrowserWindow, message: string): Promise<boolean> {
  const { response } = await dialog.showMessageBox(window, {
    type: 'warning',
    title: 'Quartet',
    message,
    buttons: ['Load the screen again', 'Wait'],
    defaultId: 0,
    cancelId: 1,
    noLink: true,
  })
  return response === 0
}
