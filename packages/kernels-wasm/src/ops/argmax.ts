import { layoutOf } from '../memory/layout.ts'
import { type Op, single, suffixOf } from './op.ts'

/** The words have the order of `ArgMax` in assembly/ops/argmax.ts. */
export const argMax: Op<'ArgMax'> = {
  plan(spec, _, { shelf }) {
    const [{ dtype, shape }] = spec.inputs
    const { images, stored, channels, count } = layoutOf(shape)
    const call = { kernel: `argMax${suffixOf(dtype)}`, tiles: images, cycles: count * 4 }
    return single(shelf, call, [channels, stored, Number(spec.selectLast)])
  },
}
