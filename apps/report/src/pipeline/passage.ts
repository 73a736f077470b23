import { h } from '../dom/element.ts'
import { bytes, grouped, times } from '../format/number.ts'
import { type Lane } from './lanes.ts'

/** Ops that count as their own stage at any place in a program. All other ops are its layers. */
const STAGES: readonly (readonly [op: string, name: string])[] = [
  ['Normalize', 'normalize'],
  ['QuantizeLinear', 'quantize'],
  ['', 'layers'],
  ['DequantizeLinear', 'dequantize'],
]

/** The inputs and outputs of each stage of a program on the device, from the sensor to the answer. */
export function passage({ profile: { device } }: Lane): HTMLElement {
  const named = new Set(STAGES.map(([op]) => op))
  const stages = STAGES.flatMap(([op, name]) => {
    const steps = device.layers.filter((step) => (named.has(step.op) ? step.op : '') === op)
    if (steps.length === 0) return []
    const macs = steps.reduce((sum, step) => sum + step.macs, 0)
    const moved = bytes(steps.reduce((sum, step) => sum + step.bytes, 0))
    return [[name, macs === 0 ? moved : `${moved}, ${grouped(macs)} multiply-adds`]]
  })
  return h(
    'ol',
    { class: 'passage', 'aria-label': 'Bytes that each stage reads and writes' },
    h('li', {}, 'sensor'),
    stages.map(([name, figures]) => h('li', {}, `${name} `, h('small', {}, figures))),
    h('li', {}, 'answer'),
  )
}

/** FP32's energy as a multiple of a lane's, on a datapath that does nothing else. The model gives only ratios. */
export function idealInWords({ profile: { ideal = [] } }: Lane): string[] {
  return ideal.map(({ process, ratio: [lo, hi], source }) => {
    const span = times(lo) === times(hi) ? times(lo) : `${times(lo)} to ${times(hi)}`
    return `FP32 takes ${span} times the energy, modelled for an ideal datapath in ${process} (${source})`
  })
}
