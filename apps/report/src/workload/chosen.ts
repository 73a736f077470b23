import type { Run, WorkloadInfo } from '@octet/results'
import { h } from '../dom/element.ts'
import type { Address } from '../page/address.ts'

/** The workload that the address names, or the first; undefined for a run without any. */
export function chosenWorkload({ workloads }: Run, address: Address): WorkloadInfo | undefined {
  return workloads.find(({ id }) => id === address.get('workload')) ?? workloads[0]
}

/** A choice of the workload, kept in the address; nothing where there is one only. */
export function workloadPicker(
  workloads: readonly Pick<WorkloadInfo, 'id' | 'title'>[],
  address: Address,
): HTMLElement | undefined {
  if (workloads.length < 2) return undefined
  const select = h(
    'select',
    { name: 'workload', on: { change: () => address.set({ workload: select.value, tensor: undefined }) } },
    workloads.map(({ id, title }) => h('option', { value: id }, title)),
  )
  const update = (): void => {
    const named = address.get('workload')
    select.value = workloads.some(({ id }) => id === named) ? named! : workloads[0].id
  }
  address.onChange(update)
  update()
  return h('label', { class: 'picker' }, h('span', {}, 'Workload'), select)
}

/** Says that the address names a workload which the run does not have. */
export function wrongWorkload({ workloads }: Run, address: Address): HTMLElement | undefined {
  const named = address.get('workload')
  if (named === undefined || workloads.some(({ id }) => id === named)) return undefined
  return h('p', { class: 'wrong' }, `This run has no workload “${named}”: the first is shown.`)
}
