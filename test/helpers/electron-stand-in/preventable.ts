/** An event of Electron's kind, whose listeners may prevent what it announces. */
export interface Preventable {
  preventDefault(): void
  readonly defaultPrevented: boolean
}

export function preventable<Details extends object>(details: Details): Details & Preventable {
  let prevented = false
  return {
    ...details,
    preventDefault() {
      prevented = true
    },
    get defaultPrevented() {
      return prevented
    },
  }
}
