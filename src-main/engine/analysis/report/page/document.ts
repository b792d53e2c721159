import { createHash } from 'node:crypto'
import { element, escaped } from '../../plot/svg'
import { pageStyle } from './page-style'

/**
 * One self-contained page: no script, no font, no picture from anywhere else, and a content policy that allows nothing
 * but its own stylesheet, named by its hash.
 */
export function htmlDocument(title: string, ...children: readonly string[]): string {
  const hash = createHash('sha256').update(pageStyle).digest('base64')
  const policy = `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`
  return `<!doctype html>\n${element(
    'html',
    { lang: 'en' },
    element(
      'head',
      {},
      '<meta charset="utf-8">',
      // The hash needs its quotes; nothing in the policy comes from outside.
      `<meta http-equiv="Content-Security-Policy" content="${policy}">`,
      '<meta name="viewport" content="width=device-width, initial-scale=1">',
      '<meta name="generator" content="Quartet">',
      element('title', {}, escaped(title)),
      `<style>${pageStyle}</style>`,
    ),
    element('body', {}, element('main', {}, ...children)),
  )}\n`
}
