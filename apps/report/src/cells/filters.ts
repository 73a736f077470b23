import type { Cell } from '@octet/results'
import { h } from '../dom/element.ts'
import { bitsOf, deviceOf, hasTransforms, mixesBits, transformsInWords } from '../format/configuration.ts'
import type { Address } from '../page/address.ts'

interface Filter {
  /** The name of the filter in the address. */
  readonly name: string
  readonly label: string
  readonly value: (cell: Cell) => string
  /** The filter is offered only if this holds for the run's cells. */
  readonly when?: (cells: readonly Cell[]) => boolean
}

const FILTERS: readonly Filter[] = [
  { name: 'workload', label: 'Workload', value: ({ workload }) => workload },
  { name: 'precision', label: 'Precision', value: ({ precision }) => precision },
  { name: 'bits', label: 'Bits', value: bitsOf, when: mixesBits },
  { name: 'calibration', label: 'Calibration', value: ({ calibration }) => calibration },
  {
    name: 'transforms',
    label: 'Transforms',
    value: (cell) => transformsInWords(cell) || 'none',
    when: hasTransforms,
  },
  { name: 'granularity', label: 'Weights', value: ({ weights }) => weights.granularity },
  { name: 'kernels', label: 'Kernels', value: deviceOf },
  { name: 'status', label: 'Status', value: ({ status }) => status },
]

export const FILTER_NAMES: readonly string[] = FILTERS.map(({ name }) => name)

/** The cells that match the address's choices. If no cell has a chosen value, the result is empty. */
export function filtered(cells: readonly Cell[], address: Address): Cell[] {
  const chosen = FILTERS.map(({ name, value }) => ({ value, choice: address.get(name) }))
  return cells.filter((cell) =>
    chosen.every(({ value, choice }) => choice === undefined || value(cell) === choice),
  )
}

/** The address's choices that no cell has, as texts. */
export function wrongFilters(cells: readonly Cell[], address: Address): string[] {
  return FILTERS.flatMap(({ name, label, value }) => {
    const choice = address.get(name)
    const known = choice === undefined || cells.some((cell) => value(cell) === choice)
    return known ? [] : [`no cell has ${label.toLowerCase()} “${choice}”`]
  })
}

/** A select for every filter. A selection is written to the address, and `update` sets the selects to the address. */
export function filterForm(
  cells: readonly Cell[],
  address: Address,
): { element: HTMLElement; update: () => void } {
  const selects = FILTERS.filter(({ when }) => when?.(cells) ?? true).map(({ name, label, value }) => {
    const values = [...new Set(cells.map(value))]
    const select = h(
      'select',
      { name, on: { change: () => address.set({ [name]: select.value }) } },
      h('option', { value: '' }, 'all'),
      values.map((text) => h('option', { value: text }, text)),
    )
    return { name, select, element: h('label', {}, h('span', {}, label), select) }
  })
  const reset = h(
    'button',
    {
      type: 'button',
      on: { click: () => address.set(Object.fromEntries(FILTER_NAMES.map((name) => [name, undefined]))) },
    },
    'Show all',
  )
  return {
    element: h(
      'form',
      { class: 'filters', 'aria-label': 'Filters', on: { submit: (event) => event.preventDefault() } },
      selects.map(({ element }) => element),
      reset,
    ),
    update() {
      for (const { name, select } of selects) select.value = address.get(name) ?? ''
      reset.disabled = FILTER_NAMES.every((name) => address.get(name) === undefined)
    },
  }
}
