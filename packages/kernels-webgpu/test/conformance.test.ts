import { precisionOf, type OpSpec } from '@octet/core'
import { conformanceCases, judge } from '@octet/core/conformance'
import { expect, test } from 'vitest'
import { UNARY } from '../src/ops/unary.ts'
import { webgpuPackage } from '../src/package.ts'
import { NO_FEATURES, open, targetOf, variants } from './adapters.ts'
import { LONG, tierOf } from './tier.ts'

const CASES = conformanceCases()

/** What the adapters before have covered of the ops that take seconds to compile, and what all have computed. */
const covered = new Set<string>()
const computed = new Set<string>()

/** Ops that have no kernel yet: they run on the reference, by name. */
const LACKING: ReadonlySet<OpSpec['op']> = new Set(['ArgMax', 'LayerNormalization', 'Where'])

/** Q31 products take 64 bits, which WGSL has not; of products of matrices single ones are computed. */
function isLacking(spec: OpSpec): boolean {
  const { op, inputs } = spec
  return LACKING.has(op) || 'fixedPoint' in spec || (op === 'MatMul' && inputs[0].shape.length > 2)
}

/** What is computed of an op: every precision, but that the first tier has most functions of one number in one. */
function partOf(spec: OpSpec): string {
  const isOnce = !LONG && spec.op in UNARY && spec.op !== 'Sigmoid'
  return isOnce ? spec.op : `${spec.op} ${precisionOf(spec)}`
}

test.each(variants)(
  'every case of the kit passes on $id using $using, and what is declined has a name here',
  async ({ id, features }) => {
    // fp32 uses no optional feature: its shaders are the same without them.
    const cases = CASES.filter(({ spec }) => features !== NO_FEATURES || precisionOf(spec) !== 'fp32')
    const inTier = tierOf(
      cases.map(({ spec }) => spec),
      await targetOf(id, features),
      covered,
    )
    const device = await open(id, webgpuPackage(features))
    for (const one of cases) {
      if (isLacking(one.spec)) expect(device.supports(one.spec), one.name).not.toBe(true)
      else expect(device.supports(one.spec), one.name).toBe(true)
      for (const variant of device.variants?.(one.spec) ?? []) {
        if (!inTier(one.spec, variant)) continue
        expect(await judge(device, one, variant), `${one.name} by ${variant}`).toEqual({ status: 'passed' })
        computed.add(partOf(one.spec))
      }
    }
    await device.dispose()
  },
)

test.skipIf(variants.length === 0)(
  'between them the adapters have computed every op in every precision',
  () => {
    const computable = CASES.filter(({ spec }) => !isLacking(spec))
    expect(computed).toEqual(new Set(computable.map(({ spec }) => partOf(spec))))
  },
)
