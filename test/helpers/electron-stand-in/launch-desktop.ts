import type { DesktopApp, LaunchOptions } from './desktop-app'
import { hasElectronBinary, launchElectron } from './launch-electron'
import { closeSharedChromium, launchStandIn } from './launch-stand-in'

let told = false

/** Runs the built shell in Electron where its binary is there, and in the stand-in elsewhere; prints once which. */
export async function launchDesktop(options: LaunchOptions): Promise<DesktopApp> {
  if (!told)
    console.info(`Desktop tests run on ${hasElectronBinary ? 'Electron itself' : 'the stand-in for electron'}.`)
  told = true
  return hasElectronBinary ? launchElectron(options) : launchStandIn(options)
}

/** Belongs in the `afterAll` of every test file that launches the app. */
export const closeDesktops = closeSharedChromium
