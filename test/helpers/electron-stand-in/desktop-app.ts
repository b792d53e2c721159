import type { Frame, Page } from 'playwright-core'
import type { MessageBox, WindowSeen } from './wire'

/**
 * A running desktop app as a test sees it, whether Electron itself or the stand-in runs the built bundle. Tests speak
 * to this interface alone, so that the same test file runs on both.
 */
export interface DesktopApp {
  readonly kind: 'electron' | 'stand-in'
  /** Process id of the main process. */
  readonly pid: number
  /** The page of the first window, once it is there. */
  page(): Promise<Page>
  /** The address under which the page finds a path of the app. */
  appUrl(path: string): string
  windows(): Promise<readonly WindowSeen[]>
  /** Number of pages in the browser; a popup that got through would be one more. */
  pageCount(): number
  /** What the app printed to its standard error. */
  log(): string
  /** Every message box that was shown. */
  boxes(): Promise<readonly MessageBox[]>
  /** Presses a button, counted from 0, in every message box from now on; until then they stay open. */
  answerBoxes(button: number): Promise<void>
  /** Every address that was handed to the system's browser; none is really opened. */
  openedOutside(): Promise<readonly string[]>
  clickMenu(id: string): Promise<boolean>
  /** Loads an address from the main process, past the guards of navigation. */
  loadFromMain(url: string): Promise<void>
  /** Sends a message to the shell from another frame than the main one; null where that cannot be played. */
  readonly forgeMessage: ((frame: Frame, channel: string, args: readonly unknown[]) => Promise<void>) | null
  crashPage(): Promise<void>
  loseFocus(): Promise<void>
  closeWindow(): Promise<void>
  quit(): Promise<void>
  /** Resolves with the exit code, or the signal's name, when the main process is gone. */
  readonly exit: Promise<number | string>
  /** Ends whatever is left; call it after every test. */
  dispose(): Promise<void>
}

export interface LaunchOptions {
  /** The built main bundle, with `preload/`, `renderer/` and the engine at their places beside it. */
  readonly mainProgram: string
  readonly env: Readonly<Record<string, string>>
}
