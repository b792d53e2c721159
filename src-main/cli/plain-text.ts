/**
 * Words of a stranger (a file's, a feed's, a model's, a server's) on a terminal: without control characters, which could
 * move the cursor or colour the screen.
 */
export function plainText(text: string): string {
  return text.replace(/[^\P{Cc}\n\t]/gu, '')
}
