import { layoutOf } from '../memory/layout.ts'
import { type Op, single, suffixOf } from './op.ts'

/** The words have the order of `Row` in assembly/row.ts. */
export const softmax: Op<'Softmax'> = {
  declines: ({ inputs: [{ dtype }] }) => (dtype === 'int8' ? 'is computed on floats only' : undefined),
  plan(spec, _, { shelf }) {
    const { images, stored, channels, count } = layoutOf(spec.output.shape)
    const kernel = `${spec.log === true ? 'logSoftmax' : 'softmax'}${suffixOf(spec.inputs[0].dtype)}`
    return single(shelf, { kernel, tiles: images, cycles: count * 40 }, [channels, stored])
  },
}
