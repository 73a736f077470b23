import { h } from '../dom/element.ts'
import type { Address } from './address.ts'

/** A line about a wrong choice in an address. It shows as long as the choice is wrong. */
export function wrongChoice(address: Address, wordsOf: () => string | undefined): HTMLElement {
  const place = h('div', { role: 'status' })
  let shown: string | undefined
  const update = (): void => {
    const words = wordsOf()
    if (words === shown) return
    shown = words
    place.replaceChildren(...(words === undefined ? [] : [h('p', { class: 'wrong' }, words)]))
  }
  address.onChange(update)
  update()
  return place
}
