import type { KernelDevice } from '@octet/core'
import { arithmeticCases, type ConformanceCase, judge, probed } from '@octet/core/conformance'
import { afterAll, describe, expect, test, vi } from 'vitest'
import { arithmetic, emulate } from '../../core/test/conformance/emulation.ts'
import { type Mutation, MUTATIONS } from '../../core/test/conformance/mutations.ts'
import { Pipelines } from '../src/device/pipelines.ts'
import { adapters, open } from './adapters.ts'
import { rewriteOf } from './rewrites.ts'
import { LONG } from './tier.ts'

const CASES = [...arithmeticCases()]

/**
 * The long tier has all of them on every adapter, also those that are mirrored or that no compiler is known for; the
 * first has the rest of them in turn on one adapter and the next.
 */
function triedOn(place: number): readonly Mutation[] {
  if (LONG) return MUTATIONS
  return MUTATIONS.filter(
    ({ what }) => !/rounded (up|down)$|products? rounded away$|half$/.test(what),
  ).filter((_, i) => i % adapters.length === place)
}

/** Runs `work` with an op's shaders rewritten on their way to the compiler, and tells how many were. */
async function rewritten(
  { op, what }: Pick<Mutation, 'op' | 'what'>,
  work: () => Promise<void>,
): Promise<number> {
  const rewrite = rewriteOf(op, what)
  const get = Reflect.get<Pipelines, 'get'>(Pipelines.prototype, 'get')
  let count = 0
  const spy = vi.spyOn(Pipelines.prototype, 'get').mockImplementation(function (
    this: Pipelines,
    code,
    ...rest
  ) {
    const other = code.includes(`// ${op} `) ? rewrite(code) : code
    count += Number(other !== code)
    return get.call(this, other, ...rest)
  })
  try {
    await work()
  } finally {
    spy.mockRestore()
  }
  return count
}

async function resultOf(
  device: KernelDevice,
  { spec, constants, inputs }: ConformanceCase,
): Promise<number[]> {
  const op = await device.prepare(spec, constants)
  const held = inputs.map((input) => device.alloc(input))
  for (const [i, input] of inputs.entries()) await device.write(held[i], input)
  const output = device.alloc(spec.output)
  await device.submit([{ op, inputs: held, output }])
  const { data } = await device.read(output)
  for (const used of [...held, output]) device.free(used)
  device.release(op)
  return Array.from(data)
}

describe.each(adapters.map(({ id }, place) => ({ id, place })))('on $id', async ({ id, place }) => {
  const device = await open(id)
  afterAll(async () => device.dispose())

  test('every case passes by the shaders as they are, and the probe calls the device exact', async () => {
    for (const one of CASES) expect(await judge(device, one), one.name).toEqual({ status: 'passed' })
    expect((await probed(device)).info.modes['arithmetic']).toBe('exact')
  })

  test.each(triedOn(place))('$op, $what: the kit fails the rewritten shader', async (mutation) => {
    const changed = arithmetic(mutation.change)
    let failed = false
    const count = await rewritten(mutation, async () => {
      for (const one of CASES.filter(({ spec }) => spec.op === mutation.op)) {
        // The shader does what the change is called: it computes as the emulation of it does.
        const emulated = emulate(one, changed)
        if (emulated !== undefined) expect(await resultOf(device, one), one.name).toEqual(emulated)
        failed = (await judge(device, one)).status === 'failed'
        if (failed) return
      }
    })
    expect(count).toBeGreaterThan(0)
    expect(failed).toBe(true)
  })

  test.each([
    { op: 'Add', what: 'the first product contracted into the sum' },
    { op: 'Mul', what: 'reassociated as a (b inverse)' },
    { op: 'Gemm', what: 'sums converted to float32 rounded zero' },
  ] as const)('$op, $what: the probe names the case that differs', async (mutation) => {
    await rewritten(mutation, async () => {
      const { arithmetic: told } = (await probed(device)).info.modes
      expect(told).toMatch(new RegExp(`^inexact: ${mutation.op} int8: .* elements differ`))
    })
  })
})
