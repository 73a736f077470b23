import type { MatMulSpec, TensorSpec } from '@octet/core'
import type { Features } from '../wgsl/features.ts'
import { outputStage } from '../wgsl/output.ts'
import { workgroups } from '../wgsl/shader.ts'
import { elementOf, extentOf, kernel, type Kernel } from './kernel.ts'

/** MatMul of two activations: a row of a against four columns of b. int8 moves both by their zero points first. */
export function matMul(spec: MatMulSpec, features: Features): Kernel {
  const [a, b] = spec.inputs as [TensorSpec, TensorSpec]
  const elements = { a: elementOf(a, features), b: elementOf(b, features) }
  const depth = a.shape[1]
  const { c, c4, words } = extentOf(spec.output)
  const integer = a.dtype === 'int8'
  const output = outputStage(spec.output.dtype, elementOf(spec.output, features))
  const moved = (value: string, scalar: string) => (integer ? `(${value} - scalars.${scalar})` : value)
  const shared = {
    title: `MatMul ${a.dtype} -> ${spec.output.dtype}`,
    about: [
      'Layout: rows in blocks of 4 columns.',
      'Tile: 1 row x 4 columns a thread, lanes along columns, then rows.',
      'Traffic a thread: 2 words loaded for 4 MACs, 1 stored.',
    ],
    inputs: elements,
    output: output.element,
    tables: [],
    functions: output.functions,
    sizes: { channels: c, words, depth, aBlocks: extentOf(a).c4, yBlocks: c4 },
    workgroups: workgroups(words),
  }
  const body = (result: string) => `
if (thread >= scalars.words) { return; }
let row = thread / scalars.yBlocks;
let block = thread % scalars.yBlocks;
var sum = ${elements.a.value}();
for (var k = 0u; k < scalars.depth; k++) {
  let left = ${elements.a.decode}(a[row * scalars.aBlocks + k / 4u])[k % 4u];
  let right = ${elements.b.decode}(b[k * scalars.yBlocks + block]);
  sum += ${moved('left', 'aZeroPoint')} * ${moved('right', 'bZeroPoint')};
}
y[thread] = emit(${result}, block);`
  if (!integer)
    return kernel<'clamp'>(spec, {
      ...shared,
      kind: 'clamp',
      scalars: output.scalars,
      body: body('sum'),
      pack: ({ clamp }) => ({ scalars: output.values(clamp) }),
    })
  return kernel<'int-matmul'>(spec, {
    ...shared,
    kind: 'int-matmul',
    scalars: { ...output.scalars, aZeroPoint: 'i32', bZeroPoint: 'i32', multiplier: 'f32' },
    body: body('vec4<f32>(sum) * scalars.multiplier'),
    pack: ({ clamp, outputZeroPoint, multiplier, aZeroPoint, bZeroPoint }) => ({
      scalars: {
        ...output.values(clamp, outputZeroPoint),
        aZeroPoint,
        bZeroPoint,
        multiplier,
      },
    }),
  })
}
