import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { trustedExternalUrl } from '../../src-main/shell/trusted-url'

describe('only links to the sites that Quartet names reach the system browser', () => {
  it.each([
    ['https://www.tradingview.com/?utm_medium=lwc-link', 'https://www.tradingview.com/?utm_medium=lwc-link'],
    [
      'https://huggingface.co/Qwen/Qwen2.5-Coder-7B-Instruct-GGUF',
      'https://huggingface.co/Qwen/Qwen2.5-Coder-7B-Instruct-GGUF',
    ],
    ['HTTPS://GitHub.com/electron', 'https://github.com/electron'],
    ['http://github.com:80/electron', 'http://github.com/electron'],
  ])('%s is opened as %s', (url, opened) => {
    expect(trustedExternalUrl(url)).toEqual({ ok: true, value: opened })
  })

  it.each([
    'file:///etc/passwd',
    'javascript:alert(1)//https://github.com',
    'data:text/html,https://github.com',
    'ms-msdt:/id PCWDiagnostic',
    'smb://github.com/share',
    'app://quartet/',
    'vbscript:https://github.com',
    'https://evil.example/https://github.com',
    'https://github.com.evil.example/',
    'https://evilgithub.com/',
    'https://github.com@evil.example/',
    'https://user:secret@github.com/',
    'https://github.com:8443/',
    'https://github.com\\@evil.example/',
    'https://gіthub.com/',
    'https://xn--gthub-n2a.com/',
    'https://github.com./',
    'https://127.0.0.1/',
    'https:github.com evil',
    ' https://github.com/',
    'https://github.com/\u0000',
    'https://github.com/\r\nHost: evil.example',
    'https://github.com/"; calc.exe "',
    'https://github.com/`id`',
    '//github.com/',
    'github.com',
    '',
    `https://github.com/${'a'.repeat(2048)}`,
  ])('%j is refused', (url) => {
    expect(trustedExternalUrl(url)).toMatchObject({ ok: false, problem: { code: 'untrusted_url' } })
  })

  it('whatever passes is http or https, of a site in the list, and means the same when it is read again', () => {
    const almost = fc.oneof(
      fc.webUrl(),
      fc.string(),
      fc
        .tuple(fc.constantFrom('https://github.com', 'https://huggingface.co', 'http://www.binance.com'), fc.string())
        .map(([site, rest]) => site + rest),
    )
    fc.assert(
      fc.property(almost, (text) => {
        const verdict = trustedExternalUrl(text)
        if (!verdict.ok) return
        const url = new URL(verdict.value)
        expect(['github.com', 'huggingface.co', 'www.binance.com', 'www.tradingview.com']).toContain(url.host)
        expect(['https:', 'http:']).toContain(url.protocol)
        expect(trustedExternalUrl(verdict.value)).toEqual(verdict)
      }),
      { examples: [['https://github.com/a'], ['https://github.com@evil.example']] },
    )
  })
})
