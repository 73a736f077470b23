import { expect, test } from 'vitest'
import { plan } from '../src/ops/plan.ts'
import type { Target } from '../src/wgsl/target.ts'
import { largeSpecs } from './large-networks.ts'
import { faultsOf } from './null-device.ts'
import { PROFILES } from './profiles.ts'
import { LONG } from './tier.ts'

const SPECS = largeSpecs()

/** Texts that an adapter before has shown to be valid: most profiles share most shaders. */
const valid = new Set<string>()

/** Every shader that the networks may run by on a target, by the variant's name. */
function shadersFor(target: Target): ReadonlyMap<string, string> {
  const shaders = new Map<string, string>()
  for (const spec of SPECS) {
    const choices = plan(spec, target)
    if ('reason' in choices) throw new Error(`${spec.op} has no kernel on ${target.id}: ${choices.reason}`)
    for (const choice of choices) shaders.set(choice.build().code, `${spec.op} by ${choice.name}`)
  }
  return shaders
}

test.each(LONG ? PROFILES : PROFILES.slice(2))(
  'ResNet-50 and MobileNetV2 have valid shaders within the limits of $id',
  async (target) => {
    const shaders = shadersFor(target)
    expect(shaders.size).toBeGreaterThan(20)
    for (const [code, name] of shaders) {
      const threads = Number(/@workgroup_size\((\d+)\)/.exec(code)?.[1])
      expect(threads, name).toBeLessThanOrEqual(target.limits.invocations)
      expect(code.match(/var<storage/g)!.length, name).toBeLessThanOrEqual(8)
      if (valid.has(code)) continue
      expect(await faultsOf(code), name).toEqual([])
      valid.add(code)
    }
  },
  120_000,
)
