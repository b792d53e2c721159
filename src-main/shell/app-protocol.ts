import { type Protocol, protocol } from 'electron'
import { answerFromFolder } from './app-files'
import { APP_SCHEME } from './app-origin'

/** Before the app is ready: `app:` counts as a standard, secure scheme, so that the page has an origin like any other. */
export function registerAppScheme(): void {
  protocol.registerSchemesAsPrivileged([
    { scheme: APP_SCHEME, privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true } },
  ])
}

/** Once the app is ready: serves the built page from `rendererFolder`. */
export function serveApp(sessionProtocol: Protocol, rendererFolder: string): void {
  sessionProtocol.handle(APP_SCHEME, (request) => answerFromFolder(rendererFolder, request))
}
