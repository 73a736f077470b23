import { inert } from '@octet/core'

const said = new Set<string>()

/** Tells the user something that takes nothing from the result, once a process. */
export function note(text: string): void {
  if (said.has(text)) return
  said.add(text)
  console.warn(`octet: ${inert(text)}`)
}
