import { useEffect, useRef } from 'react'

/** Every key the desk listens to. The list that `?` opens is made from this table, so the two cannot differ. */
export const shortcuts = [
  { id: 'pause', keys: ['p'], shown: 'P', does: 'Pause the desk, or resume it' },
  { id: 'kill', keys: ['k'], shown: 'K', does: 'Kill switch (asks before it acts)' },
  { id: 'order', keys: ['o'], shown: 'O', does: 'New order by hand, on paper' },
  { id: 'nextDecision', keys: ['ArrowDown'], shown: '↓', does: 'Next decision in the feed (Enter opens it)' },
  { id: 'previousDecision', keys: ['ArrowUp'], shown: '↑', does: 'Previous decision in the feed' },
  { id: 'previousSymbol', keys: ['['], shown: '[', does: 'Previous symbol' },
  { id: 'nextSymbol', keys: [']'], shown: ']', does: 'Next symbol' },
  { id: 'zoomIn', keys: ['+', '='], shown: '+', does: 'Zoom into the chart' },
  { id: 'zoomOut', keys: ['-'], shown: '−', does: 'Zoom out of the chart' },
  { id: 'latest', keys: ['0'], shown: '0', does: 'Chart: back to the latest candle' },
  { id: 'models', keys: ['m'], shown: 'M', does: 'Models: what there is and what fits, and back to the desk' },
  { id: 'clock', keys: ['u'], shown: 'U', does: 'Times in UTC, or in local time' },
  { id: 'help', keys: ['?'], shown: '?', does: 'This list' },
] as const

export type ShortcutId = (typeof shortcuts)[number]['id']
export type ShortcutHandlers = Partial<Record<ShortcutId, () => void>>

/** Elements that need the keys themselves. */
const OWN_KEYS = 'input, textarea, select, [contenteditable="true"], dialog'
/** Elements that use the arrow keys themselves. */
const OWN_ARROWS = '[data-own-arrows]'

/** Listens on the whole window; keys with Ctrl, Alt or Meta belong to the browser, and so do those in a dialog. */
export function useShortcuts(handlers: ShortcutHandlers): void {
  const latest = useRef(handlers)
  useEffect(() => {
    latest.current = handlers
  })
  useEffect(() => {
    const pressed = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.altKey || event.metaKey) return
      if (document.querySelector('dialog[open]') !== null) return
      const target = event.target instanceof Element ? event.target : null
      if (target?.closest(OWN_KEYS)) return
      if (event.key.startsWith('Arrow') && target?.closest(OWN_ARROWS)) return
      const key = event.key.length === 1 ? event.key.toLowerCase() : event.key
      const shortcut = shortcuts.find(({ keys }) => keys.some((known) => known === key))
      const handler = shortcut === undefined ? undefined : latest.current[shortcut.id]
      if (handler === undefined) return
      event.preventDefault()
      handler()
    }
    window.addEventListener('keydown', pressed)
    return () => window.removeEventListener('keydown', pressed)
  }, [])
}
