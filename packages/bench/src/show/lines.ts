import { inert } from '@octet/core'

/** Texts one below the other, a line each whatever they quote. */
export function lines(texts: readonly string[]): string {
  return texts.map((text) => inert(text)).join('\n')
}
