import type { Run, WorkloadInfo } from '@octet/results'
import { h } from '../dom/element.ts'
import type { Address } from '../page/address.ts'
import { wrongChoice } from '../page/wrong.ts'

/** The workload that the address names, or the first workload. Undefined for a run without workloads. */
export function chosenWorkload({ workloads }: Run, address: Address): WorkloadInfo | undefined {
  return workloads.find(({ id }) => id === address.get('workload')) ?? workloads[0]
}

/** The distinct workloads of some records, with the titles that the run gives them. */
export function workloadsOf(
  { workloads }: Run,
  some: readonly { readonly workload: string }[],
): Pick<WorkloadInfo, 'id' | 'title'>[] {
  return [...new Set(some.map(({ workload }) => workload))].map((id) => ({
    id,
    title: workloads.find((one) => one.id === id)?.title ?? id,
  }))
}

/** A choice of the workload, which the address stores. Empty if there is only one workload. */
export function workloadPicker(
  workloads: readonly Pick<WorkloadInfo, 'id' | 'title'>[],
  address: Address,
): HTMLElement | undefined {
  if (workloads.length < 2) return undefined
  const select = h(
    'select',
    { name: 'workload', on: { change: () => address.set({ workload: select.value }) } },
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

/** A line that shows as long as the address names a workload that the run does not have. */
export function wrongWorkload({ workloads }: Run, address: Address): HTMLElement {
  return wrongChoice(address, () => {
    const named = address.get('workload')
    return named === undefined || workloads.some(({ id }) => id === named)
      ? undefined
      : `This run has no workload “${named}”: the first is shown.`
  })
}
