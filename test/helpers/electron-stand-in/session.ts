import { EventEmitter } from 'node:events'
import { app } from './application'
import type { AnswerOnWire } from './wire'

type ProtocolHandler = (request: Request) => Response | Promise<Response>
type RequestHandler = (contents: unknown, permission: string, answer: (granted: boolean) => void) => void
type CheckHandler = (contents: unknown, permission: string, origin: string) => boolean

const handlers = new Map<string, ProtocolHandler>()
const standardSchemes = new Set<string>()

export const protocol = {
  registerSchemesAsPrivileged(
    schemes: readonly { readonly scheme: string; readonly privileges?: { readonly standard?: boolean } }[],
  ): void {
    app.mustBeReady(false, 'registerSchemesAsPrivileged')
    for (const { scheme, privileges } of schemes) if (privileges?.standard === true) standardSchemes.add(scheme)
  },
  handle(scheme: string, handler: ProtocolHandler): void {
    app.mustBeReady(true, 'protocol.handle')
    // The host shows the scheme as an https origin, which is true to Electron for standard schemes only.
    if (!standardSchemes.has(scheme)) throw new Error(`The stand-in serves standard schemes only, not ${scheme}:`)
    handlers.set(scheme, handler)
  },
}

class Session extends EventEmitter {
  readonly protocol = protocol
  // Electron grants what nobody denies.
  private requestHandler: RequestHandler = (_contents, _permission, answer) => answer(true)
  private checkHandler: CheckHandler = () => true

  setPermissionRequestHandler(handler: RequestHandler): void {
    this.requestHandler = handler
  }

  setPermissionCheckHandler(handler: CheckHandler): void {
    this.checkHandler = handler
  }

  setDevicePermissionHandler(): void {}

  permissionAsked(contents: unknown, permission: string, origin: string): Promise<boolean> {
    if (!this.checkHandler(contents, permission, origin)) return Promise.resolve(false)
    return new Promise((resolve) => this.requestHandler(contents, permission, resolve))
  }
}

export const session = { defaultSession: new Session() }

export async function answerRequest(url: string, method: string): Promise<AnswerOnWire | null> {
  const handler = handlers.get(new URL(url).protocol.replace(':', ''))
  if (handler === undefined) return null
  const response = await handler(new Request(url, { method }))
  return {
    status: response.status,
    headers: Object.fromEntries(response.headers),
    body: new Uint8Array(await response.arrayBuffer()),
  }
}
