import { type KernelResult, median, type Run } from '@octet/results'
import { h } from '../dom/element.ts'
import { deviceOf, isSoftware } from '../format/configuration.ts'
import { duration, ratio, significant } from '../format/number.ts'
import { measured } from '../table/measured.ts'
import type { Section } from '../page/section.ts'
import { type Column, sortableTable } from '../table/sortable.ts'

/** Kernels timed by themselves, beside FP32 and other projects' kernels. */
export const kernels: Section = {
  id: 'kernels',
  title: 'Kernels',
  applies: (run) => run.kernels.length > 0,
  render(run) {
    const table = sortableTable({
      caption: 'Kernels timed by themselves',
      columns: columns(run),
      onOrder: (order) => table.show(run.kernels, order),
    })
    table.show(run.kernels, undefined)
    return [
      h(
        'p',
        { class: 'lead' },
        'One op over one shape, device time alone. Ratios are paired by round: above 1 this project’s kernel takes less time.',
      ),
      table.element,
    ]
  },
}

function columns({ machine }: Run): Column<KernelResult>[] {
  return [
    { id: 'shape', head: 'Shape', value: ({ shape }) => shape, content: ({ shape }) => shape },
    { id: 'op', head: 'Op', value: ({ op }) => op, content: ({ op }) => op },
    {
      id: 'precision',
      head: 'Precision',
      value: ({ precision }) => precision,
      content: ({ precision }) => precision.toUpperCase(),
    },
    {
      id: 'device',
      head: 'Kernels',
      value: ({ package: kernels, adapter }) => deviceOf({ kernels, adapter }),
      content: ({ package: kernels, adapter }) => [
        deviceOf({ kernels, adapter }),
        isSoftware(adapter, machine) && h('span', { class: 'tag' }, 'software'),
      ],
    },
    {
      id: 'variant',
      head: 'Computed as',
      value: ({ variant }) => variant,
      content: ({ variant }) => variant,
    },
    {
      id: 'time',
      head: 'Time',
      unit: 'median',
      number: true,
      value: ({ samples }) => median(samples),
      content: ({ samples }) => duration(median(samples)),
    },
    {
      id: 'gops',
      head: 'Rate',
      unit: 'Gop/s',
      number: true,
      value: ({ gops }) => gops,
      content: ({ gops }) => significant(gops),
    },
    {
      id: 'gbps',
      head: 'Traffic',
      unit: 'GB/s',
      number: true,
      value: ({ gbps }) => gbps,
      content: ({ gbps }) => significant(gbps),
    },
    {
      id: 'speed',
      head: 'Speed',
      unit: '× FP32 [95%]',
      number: true,
      value: ({ vsFp32 }) => vsFp32?.ratio,
      content: ({ vsFp32 }) => (vsFp32 === undefined ? '–' : measured(vsFp32.ratio, vsFp32.ci95, ratio)),
    },
    {
      id: 'peers',
      head: 'Peers',
      unit: '× their time over ours',
      value: ({ peers }) => peers.length,
      content: ({ peers }) =>
        peers.length === 0
          ? '–'
          : peers.map((peer) =>
              h(
                'div',
                {},
                `${peer.name} ${peer.precision.toUpperCase()} `,
                measured(peer.ratio, peer.ci95, ratio),
                peer.note !== undefined && h('small', {}, ` ${peer.note}`),
              ),
            ),
    },
  ]
}
