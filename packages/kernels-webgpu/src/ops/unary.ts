import type { ActivationSpec } from '@octet/core'
import { nanIn } from '../wgsl/element.ts'
import type { Features } from '../wgsl/features.ts'
import { keepLanes, WITH_INFINITY, WITH_NAN } from '../wgsl/output.ts'
import { kept } from './dtypes.ts'
import { elementwise } from './elementwise.ts'
import { type Attribute, type Formula, FORMULAS } from './formulas.ts'
import { elementOf, extentOf, floatElementOf, type Kernel } from './kernel.ts'
import type { Op } from './op.ts'
import { LOOK_UP, packEntries, TABLE } from './table.ts'

type Name = ActivationSpec['op']

const unary: Op<Name> = { build, dtypes: kept, isInexact: true }

/** Functions of one number. */
export const UNARY: { readonly [N in Name]?: Op<N> } = Object.fromEntries(
  Object.keys(FORMULAS).map((op) => [op, unary]),
)

function build(spec: ActivationSpec, features: Features): Kernel {
  if (spec.output.dtype === 'int8') return byTable(spec, features)
  const formula = FORMULAS[spec.op]
  return byFormula(spec, features, typeof formula === 'function' ? formula(spec) : formula)
}

/** int8 through a table of the function that the host made. */
function byTable(spec: ActivationSpec, features: Features): Kernel {
  const x = elementOf(spec.inputs[0], features)
  const y = elementOf(spec.output, features)
  return elementwise<'int-table'>(spec, {
    kind: 'int-table',
    inputs: { x },
    output: y,
    scalars: {},
    tables: [TABLE],
    functions: [keepLanes(y, extentOf(spec.output).padding), LOOK_UP],
    result: (operand) => `${y.encode}(keep(lookUp(${x.decode}(${operand('x')}), 0u), block))`,
    pack: ({ table }) => ({ scalars: {}, tables: [packEntries(table)] }),
  })
}

function byFormula(
  spec: ActivationSpec,
  features: Features,
  { attributes = [], functions = [], infinite, nan, wgsl }: Formula,
): Kernel {
  const x = floatElementOf(spec.inputs[0], features)
  const y = elementOf(spec.output, features)
  const value = infinite === undefined ? wgsl : `withInfinity(${wgsl}, ${infinite.sign}, ${infinite.where})`
  const isNaN = nan === undefined ? nanIn(x, 'q') : `(${nanIn(x, 'q')}) | (${nan})`
  return elementwise<'none'>(spec, {
    kind: 'none',
    inputs: { x },
    output: y,
    scalars: Object.fromEntries(attributes.map((name) => [name, 'f32' as const])),
    functions: [
      keepLanes(y, extentOf(spec.output).padding),
      WITH_NAN,
      ...(infinite === undefined ? [] : [WITH_INFINITY]),
      ...functions,
      `
fn activated(q: ${x.storage}) -> vec4<f32> {
  let v = ${x.decode}(q);
  return withNaN(${value}, ${isNaN});
}`,
    ],
    result: (operand) => `${y.encode}(keep(activated(${operand('x')}), block))`,
    pack: () => ({
      scalars: Object.fromEntries(
        attributes.map((name) => [name, (spec as { readonly [A in Attribute]?: number })[name]!]),
      ),
    }),
  })
}
