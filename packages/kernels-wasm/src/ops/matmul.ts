import { expectConstants } from '@octet/core'
import { layoutOf } from '../memory/layout.ts'
import { floatTarget, integerTarget, type Op, suffixOf } from './op.ts'
import { DEPTH, PANEL, planProduct, POINT } from './product.ts'

/** The right side is made into panels first, then it is a product as with weights. */
export const matMul: Op<'MatMul'> = {
  plan(spec, constants, workshop) {
    const { shelf } = workshop
    const [a, b] = spec.inputs.map(({ shape }) => layoutOf(shape))
    const y = layoutOf(spec.output.shape)
    const microkernel = suffixOf(spec.inputs[0].dtype)
    const depth = DEPTH[microkernel]
    // Room beside a's columns is unfolded too, and meets rows of 0.
    const k = Math.ceil(a.stored / depth) * depth
    const panels = Math.ceil(y.stored / PANEL)
    const integers = microkernel === 'Int8' ? expectConstants(spec, constants, 'int-matmul') : undefined
    const bytes = microkernel === 'Float' ? 4 : 2
    const weights = shelf.reserve(panels * PANEL * k * bytes)
    const panelWords = [a.channels, k, y.channels, b.stored, integers?.bZeroPoint ?? 0]
    const clamp = integers === undefined ? expectConstants(spec, constants, 'clamp').clamp : integers.clamp
    const multipliers = new Float32Array(panels * PANEL).fill(integers?.multiplier ?? 0)
    const product = planProduct(
      {
        microkernel,
        weights,
        bias: shelf.put(new Int32Array(panels * PANEL)),
        multiplier: shelf.put(multipliers),
        target: integers === undefined ? floatTarget(clamp) : integerTarget(clamp, integers.outputZeroPoint),
        inputZeroPoint: integers?.aZeroPoint ?? 0,
        rows: a.images,
        k,
        panels,
        groups: 1,
        columns: y.stored,
        steps: [a.stored, y.stored],
        channels: a.stored,
        rowsAre: k === a.stored ? 'neighbours' : 'pixels',
        image: [1, 1, 1, 1],
        window: POINT,
      },
      workshop,
      microkernel === 'Int8' ? 'int16 dot product' : 'float32 tiles',
    )
    const panel = {
      kernel: `panel${microkernel}`,
      tiles: panels,
      constants: shelf.put(Int32Array.from(panelWords)),
      a: 1,
      b: 1,
      y: weights,
      cycles: k * panels * PANEL * 2,
    }
    return { ...product, calls: [panel, ...product.calls] }
  },
}
