import pino, { type Logger } from 'pino'

const levels = ['trace', 'debug', 'info', 'warn', 'error', 'silent']

/** JSON lines on stderr, `warn` and above unless QUARTET_LOG says otherwise; whatever is called a token is blacked out. */
export function createLog(env: NodeJS.ProcessEnv): Logger {
  const wanted = env.QUARTET_LOG ?? 'warn'
  const level = levels.includes(wanted) ? wanted : 'warn'
  return pino({ level, redact: ['token', '*.token', '*.*.token'] }, pino.destination({ dest: 2, sync: true }))
}
