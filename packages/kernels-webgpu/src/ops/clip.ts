import type { ClipSpec } from '@octet/core'
import type { Features } from '../wgsl/features.ts'
import { int8Clamp, keepLanes, outputStage } from '../wgsl/output.ts'
import { kept } from './dtypes.ts'
import { elementwise } from './elementwise.ts'
import { elementOf, extentOf, type Kernel } from './kernel.ts'
import type { Op } from './op.ts'

/** Bounds are in real units for floats, and in quantized units for int8. */
export const clip: Op<'Clip'> = { build, dtypes: kept }

function build(spec: ClipSpec, features: Features): Kernel {
  const x = elementOf(spec.inputs[0], features)
  const y = elementOf(spec.output, features)
  const { padding } = extentOf(spec.output)
  if (spec.output.dtype !== 'int8') {
    const output = outputStage(spec.output.dtype, y, padding)
    return elementwise<'clamp'>(spec, {
      kind: 'clamp',
      inputs: { x },
      output: y,
      scalars: output.scalars,
      functions: output.functions,
      result: (operand) => `emit(${x.decode}(${operand('x')}), block)`,
      pack: ({ clamp }) => ({ scalars: output.values(clamp) }),
    })
  }
  return elementwise<'clamp'>(spec, {
    kind: 'clamp',
    inputs: { x },
    output: y,
    scalars: { lo: 'i32', hi: 'i32' },
    functions: [keepLanes(y, padding)],
    result: (operand) =>
      `${y.encode}(keep(clamp(${x.decode}(${operand('x')}), vec4<i32>(scalars.lo), vec4<i32>(scalars.hi)), block))`,
    pack: ({ clamp }) => {
      const [lo, hi] = int8Clamp(clamp)
      return { scalars: { lo: Math.ceil(lo), hi: Math.floor(hi) } }
    },
  })
}
