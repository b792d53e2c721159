/** The four channels between the page's preload and the shell; their names are a detail of these two. */
export const channels = {
  /** Page to shell, no arguments: a new document is there and wants the engine. */
  hello: 'quartet:hello',
  /** Page to shell, one text frame. */
  send: 'quartet:send',
  /** Shell to page, one text frame. */
  text: 'quartet:text',
  /** Shell to page, one `EngineState`. */
  engineState: 'quartet:engine-state',
} as const
