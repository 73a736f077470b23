import { PRECISIONS } from '@octet/core'
import { type Cell, precisionName } from '@octet/results'
import { type Child, h } from '../dom/element.ts'

type Granularity = Cell['weights']['granularity']

/** Granularity of the weights is the symbol, by the name that Plot and the style sheet know, and its words. */
const SYMBOLS: Readonly<Record<Granularity, { symbol: string; words: string }>> = {
  none: { symbol: 'diamond', words: 'not quantized' },
  'per-channel': { symbol: 'circle', words: 'per-channel' },
  'per-tensor': { symbol: 'square', words: 'per-tensor' },
}

/** Precision is the colour, everywhere in the report. */
export function colorOf({ precision }: Cell): string {
  return `var(--${precision})`
}

/** Granularity of the weights is the symbol, everywhere in the report. */
export function symbolOf({ weights }: Cell): string {
  return SYMBOLS[weights.granularity].symbol
}

/** Half the bits are half the ink: marks of 4-bit weights are hollow, everywhere in the report. */
export function isHollow({ weights }: Cell): boolean {
  return weights.bits === 4
}

/** The fill of a cell's mark. */
export function fillOf(cell: Cell): string {
  return isHollow(cell) ? 'var(--surface)' : colorOf(cell)
}

/** A cell's mark in running text, hidden from assistive technology as the words stand beside it. */
export function mark(cell: Cell): HTMLElement {
  return glyph(`${symbolOf(cell)}${isHollow(cell) ? ' hollow' : ''}`, colorOf(cell))
}

/** Explains the colours and symbols that these cells use. */
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
