import { operands } from '../import/source.ts'
import { Chain } from './chain.ts'
import { plain } from './declared.ts'
import type { NodeOf, OnnxOp } from './op.ts'

const image = plain('GlobalAveragePool', 1)

/** Pools over any number of axes after the channels. If they are not two, they become one axis of an image. */
export const globalAveragePool: OnnxOp<NodeOf<'GlobalAveragePool'>> = {
  ...image,
  read: (source) => {
    const [x] = operands(source, 1)
    const { length: rank } = source.shape(x)
    if (rank === 4) return image.read(source)
    const chain = new Chain(source)
    const line = chain.reshape('line', x, [0, 0, -1, 1])
    const mean = chain.add('mean', { op: 'GlobalAveragePool', inputs: [line], attributes: null })
    chain.reshape('back', mean, [0, 0, ...Array.from({ length: rank - 2 }, () => 1)])
    return chain.reading()
  },
}
