import { type Run, setbacksFirst } from '@octet/results'
import { h } from '../dom/element.ts'
import { counted, grouped } from '../format/number.ts'
import type { Section } from '../page/section.ts'
import { sortableTable } from '../table/sortable.ts'
import { sweepColumns } from './columns.ts'
import { filtered, filterForm } from './filters.ts'
import './sweep.css'

/** Every cell of the run, the skipped and the failed with their reasons. */
export const sweep: Section = {
  id: 'sweep',
  title: 'Sweep',
  applies: ({ cells }) => cells.length > 0,
  render(run, address) {
    const cells = setbacksFirst(run.cells)
    const filters = filterForm(cells, address)
    const shown = h('p', { class: 'shown', role: 'status' })
    const table = sortableTable({
      caption: 'All cells of the sweep',
      columns: sweepColumns(run, (cell) => address.set({ cell: cell.key })),
      note: ({ reason }) => reason,
      onOrder: (order) => address.set({ sort: order }),
    })
    let drawn: string | undefined
    const update = (): void => {
      filters.update()
      const rows = filtered(cells, address)
      const order = address.get('sort')
      const state = `${order} ${rows.map(({ key }) => key).join(' ')}`
      if (state === drawn) return
      drawn = state
      table.show(rows, order)
      shown.textContent =
        rows.length === cells.length
          ? `${counted(cells.length, 'cell')}: ${tally(run)}`
          : `${grouped(rows.length)} of ${counted(cells.length, 'cell')}`
    }
    address.onChange(update)
    update()
    return [
      h(
        'p',
        { class: 'lead' },
        'One row a configuration, those that failed or were skipped first. A calibration changes numbers and not the program, so the cells of one program share one latency measurement and say so. Open a row for its samples, device, seed and commit.',
      ),
      filters.element,
      shown,
      table.element,
    ]
  },
}

function tally({ cells }: Run): string {
  const statuses = Map.groupBy(cells, ({ status }) => status)
  return [...statuses].map(([status, group]) => `${grouped(group.length)} ${status}`).join(', ')
}
