import type { App, WebContents } from 'electron'
import { isAppUrl } from './app-origin'
import { trustedExternalUrl } from './trusted-url'

export interface GuardNeeds {
  /** Hands an address that was judged trustworthy to the system's browser. */
  readonly openExternal: (url: string) => Promise<void>
  readonly log: (line: string) => void
}

/** Locks every page that the app will ever have to its own origin: no leaving, no popups, no webviews. */
export function guardNavigation(app: App, needs: GuardNeeds): void {
  app.on('web-contents-created', (_event, contents) => guardContents(contents, needs))
}

export function guardContents(
  contents: Pick<WebContents, 'on' | 'setWindowOpenHandler'>,
  { openExternal, log }: GuardNeeds,
): void {
  const keepInside = (navigation: { readonly url: string; preventDefault(): void }): void => {
    if (isAppUrl(navigation.url)) return
    navigation.preventDefault()
    log(`navigation to ${originForLog(navigation.url)} was refused`)
  }
  contents.on('will-navigate', keepInside)
  contents.on('will-frame-navigate', keepInside)
  contents.on('will-redirect', keepInside)
  contents.on('will-attach-webview', (event) => event.preventDefault())

  contents.setWindowOpenHandler(({ url }) => {
    const trusted = trustedExternalUrl(url)
    if (trusted.ok) openExternal(trusted.value).catch((error: unknown) => log(`the browser did not open: ${error}`))
    else log(`${trusted.problem.message} (${originForLog(url)})`)
    return { action: 'deny' }
  })
}

/** An address may carry private text; its origin is enough for the log. */
function originForLog(url: string): string {
  if (!URL.canParse(url)) return 'an unreadable address'
  const { protocol, host } = new URL(url)
  return `${protocol}//${host}`
}
