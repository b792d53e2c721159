/**
 * The style sheet that lightweight-charts 5 writes into the page for its attribution link; its hash is the narrowest
 * way to let it pass without 'unsafe-inline'.
 */
export const chartStyleHash = 'sha256-3pRED1tOXas1FXFoPb9TGCjmYe9XQsmO9OV23khV2nY='

/** Content Security Policy of the page, by directive: it runs its own files and reaches nothing but its own origin. */
export const pageContentPolicy = {
  'default-src': ["'none'"],
  'script-src': ["'self'"],
  'style-src': ["'self'", `'${chartStyleHash}'`],
  'img-src': ["'self'", 'data:'],
  'font-src': ["'self'"],
  'connect-src': ["'self'"],
  'base-uri': ["'none'"],
  'form-action': ["'none'"],
  'frame-src': ["'none'"],
  'frame-ancestors': ["'none'"],
}
