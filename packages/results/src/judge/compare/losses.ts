import { kernelPrecisionOf } from '@octet/core'
import type { Cell } from '../../run/cell.ts'
import type { Run } from '../../run/run.ts'
import type { Difference, Part } from './comparison.ts'
import { answered } from './figures.ts'

/**
 * Workloads of which the second run has nothing, and cells that it lacks from other workloads. A cell that had not been
 * measured is no loss.
 */
export function lostCells(after: Run, lost: readonly Cell[]): Difference[] {
  const left = new Set(after.cells.map(({ workload }) => workload))
  const measured = lost.filter(answered)
  const gone = new Set(measured.map(({ workload }) => workload).filter((id) => !left.has(id)))
  return [
    ...[...gone].map((id) => {
      const cells = measured.filter(({ workload }) => workload === id).length
      return missing('workload', id, `${cells} cell${cells === 1 ? '' : 's'}`)
    }),
    ...measured
      .filter(({ workload }) => !gone.has(workload))
      .map(({ key, status }) => missing('cell', key, status)),
  ]
}

/** A part measured on a device. A run may have many. */
interface Measured {
  readonly package: string
  readonly adapter: string
}

export interface Kept {
  readonly kept: number
  readonly lost: readonly Difference[]
}

/** Kernels and races of whole models that the second run lacks. */
export function lostKernels(before: Run, after: Run): Kept {
  const kernels = compareParts(
    'kernel',
    [before.kernels, after.kernels],
    (kernel) => `${kernel.op} ${kernelPrecisionOf(kernel)} ${kernel.shape}`,
  )
  const models = compareParts(
    'model race',
    [before.models ?? [], after.models ?? []],
    ({ workload }) => workload,
  )
  return { kept: kernels.kept + models.kept, lost: [...kernels.lost, ...models.lost] }
}

/**
 * Pairs a part with the same part on the same device, or on another adapter of its package if its own adapter is gone.
 */
function compareParts<T extends Measured>(
  part: Part,
  [before, after]: readonly [readonly T[], readonly T[]],
  nameOf: (one: T) => string,
): Kept {
  const place = (one: T): string => `${one.package}/${one.adapter}`
  const adapters = new Set(after.map(place))
  const here = new Set(after.map((one) => `${place(one)} ${nameOf(one)}`))
  const anywhere = new Set(after.map((one) => `${one.package} ${nameOf(one)}`))
  const names = new Map(before.map((one) => [`${place(one)} ${nameOf(one)}`, one]))
  const lost = [...names].filter(
    ([name, one]) =>
      !here.has(name) && (adapters.has(place(one)) || !anywhere.has(`${one.package} ${nameOf(one)}`)),
  )
  return {
    kept: names.size - lost.length,
    lost: lost.map(([name]) => missing(part, name, 'measured')),
  }
}

function missing(figure: Part, key: string, before: string): Difference {
  return { key, figure, before, after: 'missing', verdict: 'worse', gates: true }
}
