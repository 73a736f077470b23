import { inert } from '@octet/core'

/** Texts below one another. Each text takes one line, even if it contains line breaks. */
export function lines(texts: readonly string[]): string {
  return texts.map((text) => inert(text)).join('\n')
}
