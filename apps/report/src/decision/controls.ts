import { boardGoals, boardNotes, BOARDS, boardsOf, type Goals, type Run } from '@octet/results'
import { h } from '../dom/element.ts'
import { capitalized } from '../format/task.ts'
import type { Address } from '../page/address.ts'
import { type Limit, limitsOf } from './limits.ts'

/** The goals in the address, limited by the goals of its board. A goal that is no number is left out. */
export function goalsIn({ cells }: Run, address: Address): Goals {
  const board = boardsOf(cells).find((id) => id === address.get('board'))
  return limitsOf(cells, board).reduce<Goals>(
    (goals, limit) => {
      const value = valueIn(limit, address)
      return value === undefined ? goals : limit.into(goals, value)
    },
    board === undefined ? {} : boardGoals(board),
  )
}

/** A slider for every goal that the run has figures for, written to the address. */
export function goalControls({ cells }: Run, address: Address): HTMLElement {
  const boards = boardsOf(cells)
  const sliders = h('div', { class: 'sliders' })
  const notes = h('ul', { class: 'board-notes' })
  const reset = h('button', { type: 'button', on: { click: () => address.set(cleared()) } }, 'Default goals')
  const select = h(
    'select',
    { name: 'board', on: { change: () => address.set({ board: select.value, energy: undefined }) } },
    h('option', { value: '' }, 'this machine'),
    boards.map((id) => h('option', { value: id }, BOARDS[id].name)),
  )
  const cleared = (): Record<string, undefined> =>
    Object.fromEntries(['board', ...limits.map(({ name }) => name)].map((name) => [name, undefined]))
  let limits: readonly Limit[] = []
  let updates: (() => void)[] = []
  let drawnFor: string | undefined
  const update = (): void => {
    const board = boards.find((id) => id === address.get('board'))
    if (drawnFor !== (board ?? '')) {
      drawnFor = board ?? ''
      limits = limitsOf(cells, board)
      const made = limits.map((limit) => slider(limit, address))
      updates = made.map((one) => one.update)
      sliders.replaceChildren(...made.map(({ element }) => element))
      const known = board === undefined ? [] : boardNotes(board)
      notes.replaceChildren(...known.map((note) => h('li', {}, capitalized(note))))
      notes.hidden = known.length === 0
    }
    select.value = board ?? ''
    for (const one of updates) one()
    reset.disabled = ['board', ...limits.map(({ name }) => name)].every(
      (name) => address.get(name) === undefined,
    )
  }
  address.onChange(update)
  update()
  return h(
    'form',
    { class: 'goals', 'aria-label': 'Goals', on: { submit: (event) => event.preventDefault() } },
    h('h2', {}, 'Goals'),
    boards.length > 0 && [h('label', { class: 'picker' }, h('span', {}, 'Board'), select), notes],
    sliders,
    reset,
  )
}

function slider(limit: Limit, address: Address): { element: HTMLElement; update: () => void } {
  const { name, label, stops, initial, factor, inWords } = limit
  const places = initial === undefined ? [...stops, undefined] : stops
  const shown = h('span', { class: 'value' })
  const input = h('input', {
    type: 'range',
    name,
    'aria-label': label,
    min: 0,
    max: places.length - 1,
    step: 1,
    on: {
      input: () => {
        const value = places[Number(input.value)]
        const moved = value !== undefined && value !== initial
        address.set({ [name]: moved ? String(Number((value * factor).toPrecision(6))) : undefined })
      },
    },
  })
  return {
    element: h('label', { class: 'slider' }, h('span', {}, label), shown, input),
    update() {
      const value = valueIn(limit, address) ?? initial
      const words = value === undefined ? 'no limit' : `at most ${inWords(value)}`
      const place = places.findIndex(
        (stop) => stop === undefined || (value !== undefined && stop >= value * (1 - 1e-9)),
      )
      input.value = String(value === undefined || place < 0 ? places.length - 1 : place)
      input.setAttribute('aria-valuetext', words)
      shown.textContent = words
    },
  }
}

function valueIn({ name, factor, most = Infinity }: Limit, address: Address): number | undefined {
  const text = address.get(name)
  const value = text === undefined ? NaN : Number(text) / factor
  return Number.isFinite(value) && value >= 0 ? Math.min(value, most) : undefined
}
