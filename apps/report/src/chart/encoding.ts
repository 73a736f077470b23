import { PRECISIONS } from '@octet/core'
import { type Cell, precisionName } from '@octet/results'
import { type Child, h } from '../dom/element.ts'

type Granularity = Cell['weights']['granularity']

/**
 * The symbol shows the granularity of the weights. Each entry has the name that Plot and the style sheet use, and a
 * text.
 */
const SYMBOLS: Readonly<Record<Granularity, { symbol: string; words: string }>> = {
  none: { symbol: 'diamond', words: 'not quantized' },
  'per-channel': { symbol: 'circle', words: 'per-channel' },
  'per-tensor': { symbol: 'square', words: 'per-tensor' },
}

/** The colour shows the precision, everywhere in the report. */
export function colorOf({ precision }: Cell): string {
  return `var(--${precision})`
}

/** The symbol shows the granularity of the weights, everywhere in the report. */
export function symbolOf({ weights }: Cell): string {
  return SYMBOLS[weights.granularity].symbol
}

/** Hollow marks show 4-bit weights, everywhere in the report. */
export function isHollow({ weights }: Cell): boolean {
  return weights.bits === 4
}

/** The fill of a cell's mark. */
export function fillOf(cell: Cell): string {
  return isHollow(cell) ? 'var(--surface)' : colorOf(cell)
}

/** A cell's mark in running text. Assistive technology does not see it, because the text beside it says the same. */
export function mark(cell: Cell): HTMLElement {
  return glyph(`${symbolOf(cell)}${isHollow(cell) ? ' hollow' : ''}`, colorOf(cell))
}

/** Explains the colours and symbols of these cells. */
export function legend(cells: readonly Cell[]): Child {
  const precisions = [...PRECISIONS, 'mixed' as const].filter((precision) =>
    cells.some((cell) => cell.precision === precision),
  )
  const granularities = (Object.keys(SYMBOLS) as Granularity[]).filter((granularity) =>
    cells.some(({ weights }) => weights.granularity === granularity),
  )
  return h(
    'ul',
    { class: 'legend' },
    precisions.map((precision) =>
      h('li', {}, glyph('swatch', `var(--${precision})`), precisionName(precision)),
    ),
    granularities.map((granularity) => {
      const { symbol, words } = SYMBOLS[granularity]
      return h('li', {}, glyph(symbol, 'var(--ink-3)'), words)
    }),
    cells.some(isHollow) && h('li', {}, glyph('circle hollow', 'var(--ink-3)'), '4-bit weights'),
  )
}

function glyph(shape: string, color: string): HTMLElement {
  return h('span', { class: `mark ${shape}`, 'aria-hidden': 'true', style: `--mark: ${color}` })
}
