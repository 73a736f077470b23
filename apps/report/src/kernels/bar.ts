import { h } from '../dom/element.ts'

/** A bar as long as its share, in the colour of a style sheet variable. Figures beside it say the same. */
export function bar(name: string, color: string, share: number): HTMLElement {
  return h('span', {
    class: name,
    'aria-hidden': 'true',
    style: `--mark: var(${color}); --share: ${share}`,
  })
}
