import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Outcome } from '@shared/contract/outcome'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type FeedDocument, feedEntries } from '../../../../src-main/engine/market/news/feed-entries'
import { feedText } from '../../../../src-main/engine/market/news/feed-text'
import { headlineText } from '../../../../src-main/engine/market/news/headline-text'

const at = 'https://news.example/feed.xml'
/** Publishers' feeds that lie beside a checkout, not in it. */
const recordings = fileURLToPath(new URL('../../../../../shared/data/rss/', import.meta.url))
if (!existsSync(recordings)) console.warn(`Recorded feeds are not read: ${recordings} is not there.`)

const rss = (items: string): string =>
  `<?xml version="1.0"?><rss version="2.0"><channel><title>Wire</title>${items}</channel></rss>`

function read(text: string): FeedDocument {
  const document: Outcome<FeedDocument> = feedEntries(text, at)
  if (!document.ok) throw new Error(document.problem.message)
  return document.value
}

function recorded(name: string, contentType: string | null = null): FeedDocument {
  const text = feedText(readFileSync(`${recordings}${name}`), contentType)
  if (!text.ok) throw new Error(text.problem.message)
  return read(text.value)
}

describe.skipIf(!existsSync(recordings))('feeds as publishers send them', () => {
  test('titles in CDATA sections and items with empty elements are read', () => {
    const { title, entries } = recorded('coindesk.rss.xml')
    expect(title).toBe('CoinDesk: Bitcoin, Ethereum, Crypto News and Price Data')
    expect(entries.map((entry) => entry.title)).toContain(
      'Circle and Tether step in to freeze hacker wallet after massive Bitget crypto heist',
    )
    expect(entries.every(({ link }) => link?.startsWith('https://www.coindesk.com/'))).toBe(true)
    // Fri, 25 Sep 2026 14:41:53 +0000
    expect(entries[0]?.publishedAtMs).toBe(Date.UTC(2026, 8, 25, 14, 41, 53))
  })

  test('links, ids and dates may stand in CDATA sections', () => {
    const { entries } = recorded('fed-press.rss.xml')
    expect(entries).toHaveLength(3)
    expect(entries[0]).toMatchObject({
      link: 'https://www.federalreserve.gov/newsevents/pressreleases/bcreg20260924a.htm',
      publishedAtMs: Date.UTC(2026, 8, 24, 18, 30),
    })
  })

  test('two entries with one id are both kept where their words differ', () => {
    const { entries } = recorded('sec-edgar-8k.atom.xml')
    const both = entries.filter(({ title }) => /hyundai/i.test(title))
    expect(both.map(({ title }) => title)).toEqual([
      '8-K - Hyundai Auto Receivables Trust 2026-C (0002151096) (Filer)',
      '8-K - HYUNDAI ABS FUNDING LLC (0001260125) (Filer)',
    ])
    expect(new Set(both.map(({ headlineId }) => headlineId)).size).toBe(2)
    // 13:06:46 in New York's summer
    expect(both[0]?.publishedAtMs).toBe(Date.UTC(2026, 8, 23, 17, 6, 46))
  })
})

describe('encodings', () => {
  const latin = (declaration: string): Buffer =>
    Buffer.from(`${declaration}${rss('<item><title>Société à São Paulo</title></item>').slice(21)}`, 'latin1')
  const titleOf = (bytes: Uint8Array, contentType: string | null): string | undefined => {
    const text = feedText(bytes, contentType)
    return text.ok ? read(text.value).entries[0]?.title : text.problem.code
  }

  test('the XML declaration says how a feed is encoded', () => {
    expect(titleOf(latin('<?xml version="1.0" encoding="ISO-8859-1" ?>'), 'text/xml')).toBe('Société à São Paulo')
  })

  test('what the server says counts before the declaration, and a byte order mark before both', () => {
    const declaredWrongly = '<?xml version="1.0" encoding="utf-8"?>'
    expect(titleOf(latin(declaredWrongly), 'application/rss+xml; charset=iso-8859-1')).toBe('Société à São Paulo')
    const marked = Buffer.from(`\ufeff${rss('<item><title>Société</title></item>')}`, 'utf8')
    expect(titleOf(marked, 'text/xml; charset=iso-8859-1')).toBe('Société')
    const wide = Buffer.from(`\ufeff${rss('<item><title>Société</title></item>')}`, 'utf16le')
    expect(titleOf(wide, null)).toBe('Société')
  })

  test('an encoding that nobody knows is a refusal, and broken bytes are not the end of a feed', () => {
    expect(titleOf(latin('<?xml version="1.0" encoding="KLINGON"?>'), null)).toBe('feed_encoding_unknown')
    expect(titleOf(latin('<?xml version="1.0" encoding="utf-8"?>'), null)).toBe(
      'Soci\ufffdt\ufffd \ufffd S\ufffdo Paulo',
    )
  })
})

describe('forms of feeds', () => {
  test.each([
    [
      'RSS',
      rss(
        '<item><title>Up</title><link>https://a.example/1</link><pubDate>Mon, 17 May 2021 06:00:00 GMT</pubDate></item>',
      ),
    ],
    [
      'Atom',
      '<feed xmlns="http://www.w3.org/2005/Atom"><title>Wire</title><entry><title>Up</title><id>1</id><link rel="self" href="https://a.example/self"/><link href="https://a.example/1"/><published>2021-05-17T06:00:00Z</published></entry></feed>',
    ],
    [
      'RDF',
      '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="u"><title>Wire</title></channel><item rdf:about="https://a.example/1"><title>Up</title><link>https://a.example/1</link><dc:date>2021-05-17T06:00:00Z</dc:date></item></rdf:RDF>',
    ],
    [
      'JSON Feed',
      '{"version":"https://jsonfeed.org/version/1.1","title":"Wire","items":[{"id":"1","url":"https://a.example/1","title":"Up","date_published":"2021-05-17T06:00:00Z"}]}',
    ],
  ])('%s gives a title, a link and a time', (_, text) => {
    expect(read(text)).toMatchObject({
      title: 'Wire',
      entries: [{ title: 'Up', link: 'https://a.example/1', publishedAtMs: Date.UTC(2021, 4, 17, 6) }],
    })
  })

  test('a headline that is listed twice is one; the same words under another link are another story', () => {
    const item = (link: string, title: string): string => `<item><title>${title}</title><link>${link}</link></item>`
    const listed = rss(item('/1', 'Bitcoin up') + item('/1', ' BITCOIN   up') + item('/2', 'Bitcoin up'))
    expect(read(listed).entries.map(({ link }) => link)).toEqual(['https://news.example/1', 'https://news.example/2'])
  })

  test('an entry without words is left out, and a link that no browser should open is dropped', () => {
    const bad = ['javascript:alert(1)', 'file:///etc/passwd', 'data:text/html,x']
    const items = bad.map((link, at) => `<item><title>T${at}</title><link>${link}</link></item>`).join('')
    const { entries } = read(rss(`<item><title/></item><item><title> &#x200b; </title></item>${items}`))
    expect(entries.map(({ title, link }) => [title, link])).toEqual([
      ['T0', null],
      ['T1', null],
      ['T2', null],
    ])
  })

  test('an impossible date is an unknown one', () => {
    const { entries } = read(rss('<item><title>A</title><pubDate>yesterday, perhaps</pubDate></item>'))
    expect(entries[0]?.publishedAtMs).toBeNull()
  })
})

describe('what is no feed', () => {
  test.each([
    ['nothing', '', 'not_a_feed'],
    ['a page', '<!doctype html><html><body>Sign in</body></html>', 'not_a_feed'],
    ['a feed cut short', '<rss version="2.0"><channel><item><title>Bitco', 'feed_broken'],
    ['tags a hundred thousand deep', `<rss version="2.0"><channel>${'<a>'.repeat(100_000)}`, 'feed_broken'],
    ['comments that never end', `<rss version="2.0"><channel>${'<!--'.repeat(100_000)}`, 'feed_broken'],
    [
      'a billion laughs',
      `<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>${rss('<item><title>&b;</title></item>').slice(21)}`,
      'feed_refused',
    ],
    [
      'a file of this machine',
      `<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">]>${rss('<item><title>&x;</title></item>').slice(21)}`,
      'feed_refused',
    ],
  ])('%s ends in a code', (_, text, code) => {
    expect(feedEntries(text, at)).toMatchObject({ ok: false, problem: { code } })
  })

  test('whatever the bytes are, the answer is an outcome', () => {
    const pieces = fc.constantFrom(
      '<rss version="2.0">',
      '<channel>',
      '<item>',
      '<title>',
      '</title>',
      '</item>',
      '<![CDATA[',
      ']]>',
      '&#x0;',
      '&lt;',
      '<feed xmlns="http://www.w3.org/2005/Atom">',
      '"',
      '{"version":"https://jsonfeed.org/version/1",',
      '\u0000',
      'x',
    )
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 30 }), (parts) => {
        expect(typeof feedEntries(parts.join(''), at).ok).toBe('boolean')
      }),
      { numRuns: 300 },
    )
  })

  test('no more than two hundred entries of one feed are taken', () => {
    const many = Array.from({ length: 500 }, (_, n) => `<item><title>Headline ${n}</title></item>`).join('')
    expect(read(rss(many)).entries).toHaveLength(200)
  })
})

describe("a headline's words", () => {
  test.each([
    ['<b>Bitcoin</b> &amp;amp; <i onclick="x()">Ether</i>', 'Bitcoin &amp; Ether'],
    ['Fed &quot;holds&quot; &#39;rates&#39; &#x2014; again', 'Fed "holds" \'rates\' — again'],
    ['a\u0000b\u001b[31mc\u202ed\u200be\nf', 'a b [31mc d e f'],
    ['<script>alert(1)</script>Up', 'alert(1) Up'],
    ['5 < 6 and 7 > 3', '5 < 6 and 7 > 3'],
  ])('%j is %j', (written, shown) => {
    expect(headlineText(written)).toBe(shown)
  })

  test('are cut at three hundred characters, between two of them', () => {
    const long = headlineText(`${'x'.repeat(298)}🚀🚀`)
    expect(long.length).toBeLessThanOrEqual(300)
    expect(long.isWellFormed()).toBe(true)
    expect(long.endsWith('…')).toBe(true)
  })

  test('hold no control character and no tag, whatever was written', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (written) => {
        const text = headlineText(written)
        expect(text.length).toBeLessThanOrEqual(300)
        expect(text).not.toMatch(/[\p{Cc}\p{Cf}\u2028\u2029]/u)
      }),
    )
  })
})
