/** The one origin whose pages the shell serves, shows and listens to. */
export const APP_SCHEME = 'app'
export const APP_HOST = 'quartet'
export const APP_ORIGIN = `${APP_SCHEME}://${APP_HOST}`
export const APP_START_URL = `${APP_ORIGIN}/`

/**
 * True only for addresses of the app itself. Node's URL gives `app:` addresses the origin "null", so scheme and host
 * are compared, and anything that could hide another place (a user, a password, a port) is refused.
 */
export function isAppUrl(text: string): boolean {
  if (!URL.canParse(text)) return false
  const url = new URL(text)
  return (
    url.protocol === `${APP_SCHEME}:` &&
    url.host === APP_HOST &&
    url.username === '' &&
    url.password === '' &&
    url.port === ''
  )
}
