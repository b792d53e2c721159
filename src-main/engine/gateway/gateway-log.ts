/** Where the gateway writes what happened to its models; a pino logger is one. Never on the way to an answer's text. */
export interface GatewayLog {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
}
