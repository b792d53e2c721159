/** Marks the buttons that open a decision, so that the arrow keys can find them. */
export const DECISION_BUTTON = 'data-decision-button'

/** Moves the keyboard focus along the feed: into it from anywhere, and not beyond its ends. */
export function moveDecisionFocus(step: 1 | -1): void {
  const buttons = [...document.querySelectorAll<HTMLElement>(`[${DECISION_BUTTON}]`)]
  const focused = document.activeElement
  const at = focused instanceof HTMLElement ? buttons.indexOf(focused) : -1
  const next = at === -1 ? buttons[0] : buttons[at + step]
  next?.focus()
  next?.closest('li')?.scrollIntoView({ block: 'nearest' })
}
