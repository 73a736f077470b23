import { divisionThresholds, type QuantizeLinearSpec } from '@octet/core'
import { nanIn } from '../wgsl/element.ts'
import type { Features } from '../wgsl/features.ts'
import { keepLanes, WITHOUT_NAN } from '../wgsl/output.ts'
import { between } from './dtypes.ts'
import { elementwise, outputOf } from './elementwise.ts'
import { extentOf, floatElementOf, type Kernel } from './kernel.ts'
import type { Op } from './op.ts'

/** By multiplication with the inverse scale, or by division. NaN becomes 0. */
export const quantizeLinear: Op<'QuantizeLinear'> = {
  build: (spec, features) => (spec.by === 'divide' ? byDivision : byProduct)(spec, features),
  dtypes: between(true, false, 'quantizes floats to int8'),
}

function byProduct(spec: QuantizeLinearSpec, features: Features): Kernel {
  const x = floatElementOf(spec.inputs[0], features)
  const output = outputOf(spec, features)
  return elementwise<'quantize'>(spec, {
    kind: 'quantize',
    inputs: { x },
    output: output.element,
    scalars: { ...output.scalars, inverseScale: 'f32' },
    functions: [
      ...output.functions,
      WITHOUT_NAN,
      `
fn scaled(q: ${x.storage}) -> vec4<f32> {
  return withoutNaN(${x.decode}(q) * scalars.inverseScale, ${nanIn(x, 'q')});
}`,
    ],
    result: (operand) => `emit(scaled(${operand('x')}), block)`,
    pack: ({ inverseScale, zeroPoint, clamp }) => ({
      scalars: { ...output.values(clamp, zeroPoint), inverseScale },
    }),
  })
}

/** WGSL does not divide exactly. The product is at most one step off, and thresholds from the host correct it. */
function byDivision(spec: QuantizeLinearSpec, features: Features): Kernel {
  const x = floatElementOf(spec.inputs[0], features)
  const output = outputOf(spec, features)
  const { element } = output
  return elementwise<'divide-quantize'>(spec, {
    kind: 'divide-quantize',
    inputs: { x },
    output: element,
    scalars: { ...output.scalars, inverseScale: 'f32' },
    tables: [{ name: 'thresholds', type: 'f32' }],
    functions: [
      keepLanes(element, extentOf(spec.output).padding),
      WITHOUT_NAN,
      `
fn least(q: vec4<i32>) -> vec4<f32> {
  let entry = vec4<u32>(q + 128);
  return vec4<f32>(thresholds[entry.x], thresholds[entry.y], thresholds[entry.z], thresholds[entry.w]);
}
fn divided(q: ${x.storage}) -> vec4<i32> {
  let v = withoutNaN(${x.decode}(q), ${nanIn(x, 'q')});
  let lo = vec4<i32>(i32(scalars.lo) + scalars.zeroPoint);
  let hi = vec4<i32>(i32(scalars.hi) + scalars.zeroPoint);
  let steps = clamp(round(v * scalars.inverseScale), vec4<f32>(scalars.lo), vec4<f32>(scalars.hi));
  let near = vec4<i32>(steps) + scalars.zeroPoint;
  let down = select(vec4<i32>(), vec4<i32>(1), v < least(near));
  let up = select(vec4<i32>(), vec4<i32>(1), v >= least(near + 1));
  return clamp(near - down + up, lo, hi);
}`,
    ],
    result: (operand) => `${element.encode}(keep(divided(${operand('x')}), block))`,
    pack: ({ scale, zeroPoint, clamp }) => ({
      scalars: { ...output.values(clamp, zeroPoint), inverseScale: Math.fround(1 / scale) },
      tables: [divisionThresholds(scale, zeroPoint)],
    }),
  })
}
