import { type Run, setbacksFirst } from '@octet/results'
import { h } from '../dom/element.ts'
import { counted, grouped } from '../format/number.ts'
import type { View } from '../page/view.ts'
import { exportable } from '../table/export.ts'
import { sortableTable } from '../table/sortable.ts'
import { sweepColumns } from './columns.ts'
import { FILTER_NAMES, filtered, filterForm, wrongFilters } from './filters.ts'
import './cells.css'

/** Every cell of the run. Skipped and failed cells show their reasons. */
export const cells: View = {
  id: 'cells',
  title: 'Cells',
  filters: FILTER_NAMES,
  applies: (run) => run.cells.length > 0,
  render({ run, address }) {
    const all = setbacksFirst(run.cells)
    const filters = filterForm(all, address)
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
      const rows = filtered(all, address)
      const order = address.get('sort')
      const state = `${order} ${rows.map(({ key }) => key).join(' ')}`
      if (state === drawn) return
      drawn = state
      table.show(rows, order)
      const wrong = wrongFilters(all, address)
      shown.textContent =
        rows.length === all.length
          ? `${counted(all.length, 'cell')}: ${tally(run)}`
          : [`${grouped(rows.length)} of ${counted(all.length, 'cell')}`, ...wrong].join('; ')
    }
    address.onChange(update)
    update()
    return [
      h(
        'p',
        { class: 'lead' },
        'One row for each configuration, with failed and skipped rows first. A calibration changes ' +
          'numbers, not the program, so the cells of one program share one latency measurement and say ' +
          'so. Open a row for its samples, device, seed and commit.',
      ),
      filters.element,
      shown,
      table.element,
      exportable(`${run.run.id}-cells`, table),
    ]
  },
}

function tally({ cells }: Run): string {
  const statuses = Map.groupBy(cells, ({ status }) => status)
  return [...statuses].map(([status, group]) => `${grouped(group.length)} ${status}`).join(', ')
}
