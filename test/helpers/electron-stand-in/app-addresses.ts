/**
 * Chromium serves no scheme of ours, so the page lives at an https origin that exists nowhere (RFC 2606 keeps
 * `.invalid` free) and is answered by interception; the shell hears of `app://` only. `app://quartet/x` is
 * `https://quartet.app.invalid/x`.
 */
const PAGE_ORIGIN = /^https:\/\/([a-z0-9-]+)\.([a-z0-9-]+)\.invalid(?=\/|$|\?|#)/

export function toPageUrl(url: string): string {
  return url.replace(/^(?!https?:)([a-z0-9-]+):\/\/([a-z0-9-]+)/, 'https://$2.$1.invalid')
}

export function toShellUrl(url: string): string {
  return url.replace(PAGE_ORIGIN, '$2://$1')
}

export function isServedByShell(pageUrl: string): boolean {
  return PAGE_ORIGIN.test(pageUrl)
}

/** As Electron tells it: that of a standard scheme is scheme and host. */
export function shellOrigin(pageUrl: string): string {
  if (!URL.canParse(pageUrl)) return 'null'
  return toShellUrl(new URL(pageUrl).origin)
}
