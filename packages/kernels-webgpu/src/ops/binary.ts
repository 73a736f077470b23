import { sameShape, type TensorSpec } from '@octet/core'
import type { Features } from '../wgsl/features.ts'
import { HOLD } from '../wgsl/output.ts'
import { elementwise, outputOf, type Operand } from './elementwise.ts'
import { elementOf, extentOf, type Kernel } from './kernel.ts'
import type { Op, SpecOf } from './op.ts'

type Name = 'Add' | 'Mul'

/** Functions of two numbers: of tensors of one shape, or of one number a channel of each image in b. */
export const BINARY: { readonly [N in Name]?: Op<N> } = {
  Add: { build: (spec, features) => binary(spec, features, '+', 'int-add'), declines },
  Mul: { build: (spec, features) => binary(spec, features, '*', 'int-mul'), declines },
}

function declines({ inputs: [a, b], output }: SpecOf<Name>): string | undefined {
  const [images, channels, ...pixels] = output.shape
  const factor = [images, channels, ...pixels.map(() => 1)]
  const fits = sameShape(b.shape, output.shape) || sameShape(b.shape, factor)
  return sameShape(a.shape, output.shape) && fits ? undefined : 'does not repeat a tensor in this way'
}

/**
 * Both operands in real units, joined by `operator`. `other` is the number of the word of b that goes with word
 * `word`, where it is not the same; `scalars.image` is the words of an image of a.
 * Of integers every result but the last is held, so that no compiler can contract a product into the sum, or reorder
 * the factors.
 */
function binary(
  spec: SpecOf<Name>,
  features: Features,
  operator: '+' | '*',
  kind: 'int-add' | 'int-mul',
): Kernel {
  const [a, b] = spec.inputs as [TensorSpec, TensorSpec]
  const isAlike = extentOf(a).p === extentOf(b).p
  const other = isAlike ? undefined : 'word / scalars.image * scalars.blocks + block'
  const inputs = { a: elementOf(a, features), b: elementOf(b, features) }
  const output = outputOf(spec, features)
  const left = (operand: Operand) => `${inputs.a.decode}(${operand('a')})`
  const right = (operand: Operand) =>
    `${inputs.b.decode}(${other === undefined ? operand('b') : `b[${other}]`})`
  const shared = {
    inputs,
    output: output.element,
    ...(other !== undefined && { placed: true, sizes: { image: extentOf(a).p * extentOf(a).c4 } }),
  }
  if (a.dtype !== 'int8')
    return elementwise<'clamp'>(spec, {
      ...shared,
      kind: 'clamp',
      scalars: output.scalars,
      functions: output.functions,
      result: (operand) => `emit(${left(operand)} ${operator} ${right(operand)}, block)`,
      pack: ({ clamp }) => ({ scalars: output.values(clamp) }),
    })
  return elementwise<'int-add' | 'int-mul'>(spec, {
    ...shared,
    kind,
    scalars: {
      ...output.scalars,
      aScale: 'f32',
      bScale: 'f32',
      ...HOLD.scalars,
      inverseScale: 'f32',
      aZeroPoint: 'i32',
      bZeroPoint: 'i32',
    },
    functions: [
      ...output.functions,
      HOLD.wgsl,
      `
fn real(q: vec4<i32>, zeroPoint: i32, scale: f32) -> vec4<f32> { return hold(vec4<f32>(q - zeroPoint) * scale); }`,
    ],
    result: (operand) => `emit(hold(real(${left(operand)}, scalars.aZeroPoint, scalars.aScale)
  ${operator} real(${right(operand)}, scalars.bZeroPoint, scalars.bScale)) * scalars.inverseScale, block)`,
    pack: (constants) => ({
      scalars: {
        ...output.values(constants.clamp, constants.outputZeroPoint),
        aScale: constants.a.scale,
        bScale: constants.b.scale,
        inverseScale: constants.inverseScale,
        ...HOLD.values,
        aZeroPoint: constants.a.zeroPoint,
        bZeroPoint: constants.b.zeroPoint,
      },
    }),
  })
}
