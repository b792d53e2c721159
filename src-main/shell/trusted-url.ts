import { failure, type Outcome, success } from '@shared/contract/outcome'

/** The sites that the app itself links to; a page cannot make the shell open any other. */
const TRUSTED_HOSTS: ReadonlySet<string> = new Set([
  'github.com',
  'huggingface.co',
  'www.binance.com',
  'www.tradingview.com',
])

const LONGEST_URL = 2048
/** Characters that a link never needs, and that terminals and shells read as something else. */
const SUSPECT_CHARACTERS = /[\s\p{C}\\"'`<>^|{}]/u

/**
 * Decides whether an address may be handed to the system's browser: https (or http) to a trusted host, on the
 * scheme's own port, with no user or password in it. Answers the normalised address, which is what must be opened.
 */
export function trustedExternalUrl(text: string): Outcome<string, 'untrusted_url'> {
  const refused = (why: string): Outcome<string, 'untrusted_url'> =>
    failure('untrusted_url', `A link was not opened: ${why}.`)

  if (text.length > LONGEST_URL) return refused(`it is longer than ${LONGEST_URL} characters`)
  if (SUSPECT_CHARACTERS.test(text)) return refused('it contains characters that no link needs')
  if (!URL.canParse(text)) return refused('it is not a full address')
  const url = new URL(text)
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return refused(`its scheme is ${url.protocol}`)
  if (url.username !== '' || url.password !== '') return refused('it carries a user name or a password')
  if (url.port !== '') return refused('it names a port')
  if (!TRUSTED_HOSTS.has(url.hostname)) return refused('its site is not one that Quartet links to')
  return success(url.href)
}
