import { kernelPrecisionName } from '@octet/core'
import { median } from '@octet/core/statistics'
import { type KernelResult } from '@octet/results'
import { type Child, h } from '../dom/element.ts'
import { duration, significant } from '../format/number.ts'
import { type Column, figures, sortableTable, words } from '../table/sortable.ts'

const COLUMNS: readonly Column<KernelResult>[] = [
  words('shape', 'Shape', ({ shape }) => shape),
  words('precision', 'Precision', kernelPrecisionName),
  {
    id: 'variant',
    head: 'Variant',
    value: ({ variant }) => variant,
    content: ({ variant, picked }) => [variant, picked && h('span', { class: 'tag' }, 'picked')],
  },
  figures(['time', 'Time', 'median'], ({ samples }) => median(samples), duration),
  figures(['gops', 'Rate', 'Gop/s'], ({ gops }) => gops, significant),
]

/** All variants of every kernel, if more than the device's picks were timed. */
export function variants(kernels: readonly KernelResult[]): Child {
  if (!kernels.some(({ picked }) => picked === false)) return undefined
  const table = sortableTable({
    caption: 'Every variant',
    columns: COLUMNS,
    onOrder: (order) => table.show(kernels, order),
  })
  table.show(kernels, undefined)
  return h('details', { class: 'each' }, h('summary', {}, `Every variant (${kernels.length})`), table.element)
}
