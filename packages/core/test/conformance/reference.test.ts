import { expect, test } from 'vitest'
import {
  casesNamed,
  type ConformanceCase,
  conformanceCases,
  judge,
  runConformance,
} from '../../src/conformance/index.ts'
import { openReference, referencePackage } from '../../src/reference/device.ts'
import type { KernelDevice, KernelPackage, PreparedOp, Step } from '../../src/kernel/contract.ts'
import { type Constants, precisionOf } from '../../src/ops/spec.ts'
import type { GemmSpec } from '../../src/ops/gemm.ts'
import { type OpSpec, OPS } from '../../src/ops/list.ts'
import { compute } from '../../src/reference/kernels.ts'
import { tensor } from '../../src/tensor/tensor.ts'

const host = { runtime: 'node', adapter: 'auto' } as const
const CASES = conformanceCases()

function caseNamed(name: string): ConformanceCase {
  const [one] = casesNamed([name])
  return one
}

test('the reference passes every case of its own kit, none skipped', async () => {
  const { results } = await runConformance(referencePackage, { host })
  expect(results.filter(({ status }) => status !== 'passed')).toEqual([])
  expect(results.length).toBeGreaterThan(350)
})

test('case names are unique, so that a skip names one case', () => {
  const names = CASES.map(({ name }) => name)
  expect(new Set(names).size).toBe(names.length)
})

test('a case is the same whether it is made with all others, with those of its op or by its name', () => {
  const drawn = conformanceCases({ seed: 5 }).filter(({ spec }) => spec.op === 'Softmax')
  expect(conformanceCases({ ops: ['Softmax'], seed: 5 })).toEqual(drawn)
  const few = CASES.filter((_, i) => i % 29 === 0)
  expect([...casesNamed(few.map(({ name }) => name).toReversed())]).toEqual(few)
  expect(() => [...casesNamed(['Clip int8: 3x10', 'Clip int8: 0x0'])]).toThrow('no case "Clip int8: 0x0"')
})

test('every op has a case in each precision that it has, and in no other', () => {
  const tried = new Set(CASES.map(({ spec }) => `${spec.op} ${precisionOf(spec)}`))
  const all: string[] = Object.entries(OPS).flatMap(([op, record]) =>
    'precisions' in record ? record.precisions.map((precision: string) => `${op} ${precision}`) : [],
  )
  expect([...tried].toSorted()).toEqual(all.toSorted())
})

test('the reference declines, and refuses to compute, an op and a precision of an op that it lacks', async () => {
  const device = openReference()
  const one = CASES.find(({ name }) => name.startsWith('Reshape fp32'))!
  const softmax = CASES.find(({ spec }) => spec.op === 'Softmax')!
  const [int8, unknown] = [
    { ...softmax.spec, inputs: [{ ...softmax.spec.inputs[0], dtype: 'int8' }] } as OpSpec,
    Object.assign({}, one.spec, { op: 'Det' }),
  ]
  const output = (): ReturnType<typeof tensor> => tensor('float32', one.spec.output.shape)
  for (const [spec, reason] of [
    [unknown, 'the reference has no Det'],
    [int8, 'Softmax has no meaning in int8'],
  ] as const) {
    expect(device.supports(spec)).toEqual({ reason })
    expect(() => compute(spec, { kind: 'none' }, one.inputs, output())).toThrow(`cannot compute: ${reason}`)
    const op = await device.prepare(spec, { kind: 'none' })
    const held = [...one.inputs, output()].map((each) => device.alloc(each))
    await expect(device.submit([{ op, inputs: held.slice(0, 1), output: held[1] }])).rejects.toThrow(reason)
  }
  for (const { spec } of CASES) expect(device.supports(spec)).toBe(true)
})

/**
 * The reference with tensors in one heap, as kernels in WebAssembly memory have them; `checked`: it refuses storage
 * that is too small.
 */
function heaped(checked: boolean): KernelDevice {
  const reference = openReference()
  let end = 0
  const memory = new ArrayBuffer(2 ** 22)
  type Held = ReturnType<KernelDevice['alloc']> & { readonly at: number; readonly storage: ArrayBuffer }
  const bytesOf = (held: Held): Uint8Array => new Uint8Array(memory, held.at, reference.byteLength(held.spec))
  const alloc = ((spec, reuse?: Held) => {
    const bytes = reference.byteLength(spec)
    if (checked && reuse !== undefined && reuse.capacity < bytes) throw new Error('too small')
    const at = reuse?.at ?? end
    if (reuse === undefined) end += bytes
    return { spec, at, capacity: Math.max(bytes, reuse?.capacity ?? 0), storage: new ArrayBuffer(bytes) }
  }) as KernelDevice['alloc']
  const out = (held: Held): void => new Uint8Array(held.storage).set(bytesOf(held))
  const back = (held: Held): void => bytesOf(held).set(new Uint8Array(held.storage))
  return Object.assign(Object.create(reference), {
    alloc,
    arena: undefined,
    write: async (held: Held, data: Parameters<KernelDevice['write']>[1]) => {
      await reference.write(held, data)
      back(held)
    },
    read: async (held: Held) => {
      out(held)
      return reference.read(held)
    },
    submit: async (steps: { inputs: Held[]; output: Held }[]) => {
      for (const { inputs } of steps) inputs.forEach(out)
      await reference.submit(steps as unknown as Parameters<KernelDevice['submit']>[0])
      for (const { output } of steps) back(output)
    },
  }) as KernelDevice
}

test('a device that lays a tensor over its neighbour in too small storage fails all cases with room', async () => {
  const cases = CASES.filter(({ name, spec }) => spec.output.shape[0] > 1 && name.includes(': 2x'))
  expect(cases.length).toBeGreaterThan(20)
  for (const one of cases) {
    expect(await judge(heaped(true), one)).toEqual({ status: 'passed' })
    const { status, detail } = await judge(heaped(false), one)
    expect([status, detail]).toEqual(['failed', expect.stringContaining('changes its neighbour') as string])
  }
})

test('a device that takes an op for a view although its bytes move fails the cases of the op', async () => {
  const [move, reshape] = (['Move', 'Reshape'] as const).map((op) => conformanceCases({ ops: [op] }))
  const viewing: KernelDevice = Object.assign(Object.create(openReference()), {
    views: () => true,
    submit: async (steps: readonly Step[]) => {
      const computed = steps.filter(
        ({ inputs, output }) => (inputs[0] as Held).storage !== (output as Held).storage,
      )
      await openReference().submit(computed)
    },
  })
  for (const one of reshape) expect((await judge(viewing, one)).status).toBe('passed')
  const found = await Promise.all(move.map((one) => judge(viewing, one)))
  expect(found.filter(({ status }) => status === 'failed').length).toBeGreaterThan(move.length / 2)
})

type Held = Parameters<KernelDevice['read']>[0] & { storage: ArrayBuffer; offset: number }

test.each([
  ['behind', ({ offset }: Held, bytes: number) => Math.ceil((offset + bytes) / 8) * 8],
  ['before', ({ offset }: Held) => offset - 1],
])(
  'a kernel that writes one byte %s its output changes its neighbour in a block, and fails',
  async (where, at) => {
    const reference = openReference()
    const faulty: KernelDevice = Object.assign(Object.create(reference), {
      submit: async (steps: Parameters<KernelDevice['submit']>[0]) => {
        await reference.submit(steps)
        for (const { output } of steps) {
          const held = output as Held
          const byte = at(held, reference.byteLength(output.spec))
          if (byte >= 0 && byte < held.storage.byteLength) new Uint8Array(held.storage)[byte] ^= 1
        }
      },
    })
    const one = caseNamed('Conv int8: 3x3, ragged channels')
    expect(await judge(reference, one)).toEqual({ status: 'passed' })
    const { status, detail } = await judge(faulty, one)
    expect([status, detail]).toEqual([
      'failed',
      expect.stringContaining(`the tensor ${where} it in a block changed`) as string,
    ])
  },
)

test('a single flipped bit in one element fails an integer case and is located', async () => {
  const device = openReference()
  const faulty: KernelDevice = Object.assign(Object.create(device), {
    read: async (source: Parameters<KernelDevice['read']>[0]) => {
      const out = await device.read(source)
      out.data[out.data.length - 1] ^= 1
      return out
    },
  })
  const one = caseNamed('Conv int8: 3x3, ragged channels')
  const verdict = await judge(faulty, one)
  expect(verdict.status).toBe('failed')
  expect(verdict.detail).toMatch(/^1 of 350 elements differ; element 349 /)
})

test('float bounds catch an error of a thousandth', async () => {
  const device = openReference()
  const faulty: KernelDevice = Object.assign(Object.create(device), {
    read: async (source: Parameters<KernelDevice['read']>[0]) => {
      const out = await device.read(source)
      return { ...out, data: (out.data as Float32Array).map((value) => value * 1.001) }
    },
  })
  const one = caseNamed('Gemm fp32: 64x128x32')
  expect((await judge(faulty, one)).status).toBe('failed')
})

test('a kernel that throws fails its case by name and the others go on', async () => {
  const kernels = {
    id: 'thrower',
    contract: 1 as const,
    open: async () =>
      Object.assign(Object.create(openReference()), {
        prepare: async () => {
          throw new Error('shader does not compile')
        },
      }) as KernelDevice,
  }
  const { results } = await runConformance(kernels, { host })
  expect(
    results.every(({ status, detail }) => status === 'failed' && detail === 'shader does not compile'),
  ).toBe(true)
})

/** The reference with two variants of Gemm; `prepared` tells what `prepare` says and does for each. */
function twofold(prepared: (variant: string, op: PreparedOp) => PreparedOp): KernelPackage {
  const device = openReference()
  const open = async (): Promise<KernelDevice> =>
    Object.assign(Object.create(device), {
      variants: ({ op }: OpSpec) => (op === 'Gemm' ? ['plain', 'tiled'] : []),
      prepare: async (spec: OpSpec, constants: Constants, variant?: string) => {
        const op = await device.prepare(spec, constants)
        return variant === undefined ? op : prepared(variant, op)
      },
    }) as KernelDevice
  return { id: 'twofold', contract: 1, open }
}

test('every variant of an op is run and named', async () => {
  const kernels = twofold((variant, op) => ({ ...op, variant }))
  const { results } = await runConformance(kernels, { host })
  expect(results.every(({ status }) => status === 'passed')).toBe(true)
  const gemms = results.filter(({ op }) => op === 'Gemm')
  for (const name of CASES.map((one) => one.name))
    expect(results.filter((result) => result.case === name).map(({ variant }) => variant)).toEqual(
      name.startsWith('Gemm ') ? ['plain', 'tiled'] : [undefined],
    )
  expect(gemms.length).toBeGreaterThan(40)
})

test('a variant that computes wrongly fails by its name, and so does one that is not the one asked for', async () => {
  const wrong = twofold((variant, op) => {
    const { constants } = op as PreparedOp & { constants: Extract<Constants, { kind: 'int-weights' }> }
    if (variant === 'plain' || constants.kind !== 'int-weights') return { ...op, variant }
    return { ...op, variant, constants: { ...constants, inputZeroPoint: constants.inputZeroPoint + 1 } }
  })
  const { results } = await runConformance(wrong, { host, ops: ['Gemm'] })
  const one = results.filter((result) => result.case === 'Gemm int8: 3x7x5')
  expect(one.map(({ variant, status }) => [variant, status])).toEqual([
    ['plain', 'passed'],
    ['tiled', 'failed'],
  ])
  const deaf = twofold((_, op) => ({ ...op, variant: 'plain' }))
  const ignored = (await runConformance(deaf, { host, ops: ['Gemm'] })).results.filter(
    ({ variant }) => variant === 'tiled',
  )
  expect(ignored.length).toBeGreaterThan(20)
  for (const { status, detail } of ignored) {
    expect(status).toBe('failed')
    expect(detail).toBe('asked for variant "tiled", the device prepared "plain"')
  }
})

test('a device that rescales by float multipliers in place of Q31 ones fails a case of either rounding', async () => {
  const device = openReference()
  const careless: KernelDevice = Object.assign(Object.create(device), {
    prepare: (spec: OpSpec, constants: Constants) => {
      const { fixedPoint: _, ...plain } = spec as GemmSpec
      return device.prepare(plain, constants)
    },
  })
  for (const rounding of ['double', 'single'] as const) {
    const one = caseNamed(`Gemm int8: ties, Q31 ${rounding} rounding`)
    expect((await judge(device, one)).status).toBe('passed')
    expect((await judge(careless, one)).status).toBe('failed')
  }
})

test('a device that multiplies the two factors of Normalize first fails', async () => {
  type Fused = Extract<Constants, { kind: 'normalize-quantize' }>
  const device = openReference()
  const rewriting = (rewrite: (constants: Fused) => Partial<Fused>): KernelDevice =>
    Object.assign(Object.create(device), {
      prepare: (spec: OpSpec, constants: Fused) =>
        device.prepare(spec, { ...constants, ...rewrite(constants) }),
    }) as KernelDevice
  const cases = CASES.filter(({ name }) => name.startsWith('Normalize int8: every byte'))
  const fails = async (faulty: KernelDevice): Promise<number> => {
    const verdicts = await Promise.all(cases.map((one) => judge(faulty, one)))
    return verdicts.filter(({ status }) => status === 'failed').length
  }
  expect(await fails(rewriting(() => ({})))).toBe(0)
  const joined = rewriting(({ scale, inverseScale }) => ({
    scale: scale.map((value) => value * inverseScale),
    inverseScale: 1,
  }))
  expect(await fails(joined)).toBeGreaterThan(0)
})

test('a device that multiplies by the inverse where ONNX divides fails beside some tie', async () => {
  const device = openReference()
  const careless: KernelDevice = Object.assign(Object.create(device), {
    prepare: (spec: OpSpec, constants: Constants) => {
      const { scale, zeroPoint, clamp } = constants as Extract<Constants, { kind: 'divide-quantize' }>
      const { inputs, output } = spec
      return device.prepare(
        { op: 'QuantizeLinear', inputs, output },
        { kind: 'quantize', inverseScale: Math.fround(1 / scale), zeroPoint, clamp },
      )
    },
  })
  const cases = CASES.filter(({ name }) => name.startsWith('QuantizeLinear int8: by division'))
  const failed = async (judged: KernelDevice): Promise<number> => {
    const verdicts = await Promise.all(cases.map((one) => judge(judged, one)))
    return verdicts.filter(({ status }) => status === 'failed').length
  }
  expect(cases.length).toBeGreaterThan(0)
  expect(await failed(device)).toBe(0)
  expect(await failed(careless)).toBeGreaterThan(0)
})

test('a table that is read one entry off fails', async () => {
  const device = openReference()
  const shifted: KernelDevice = Object.assign(Object.create(device), {
    prepare: (spec: OpSpec, constants: Constants) => {
      const { table } = constants as Extract<Constants, { kind: 'int-table' }>
      const turned = Int8Array.from(table, (_, entry) => table[(entry + 1) % 256])
      return device.prepare(spec, { kind: 'int-table', table: turned })
    },
  })
  const one = caseNamed('Sigmoid int8: 2x3x5x7')
  expect((await judge(shifted, one)).status).toBe('failed')
})
