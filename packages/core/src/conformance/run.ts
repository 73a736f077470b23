import { OctetError } from '../error.ts'
import {
  isDevice,
  type DeviceInfo,
  type DeviceTensor,
  type Host,
  type KernelDevice,
  type KernelPackage,
} from '../kernel/contract.ts'
import { randomTensor } from '../ops/case.ts'
import type { OpSpec } from '../ops/list.ts'
import { precisionOf, type Precision, type TensorSpec } from '../ops/spec.ts'
import { compute } from '../reference/kernels.ts'
import { elements, sameShape, tensor, type Tensor } from '../tensor/tensor.ts'
import { Random } from '../statistics/random.ts'
import { asNumbers, errorBounds } from './bound.ts'
import { conformanceCases, type ConformanceCase, type KitChoice } from './case.ts'
import { faultOfReuse, outputBetween } from './storage.ts'

export interface ConformanceOptions extends KitChoice {
  readonly host: Host
  /** Names of the cases to skip, in groups with one reason each. */
  readonly skip?: readonly { readonly reason: string; readonly cases: readonly string[] }[]
}

export interface CaseResult {
  readonly case: string
  readonly op: OpSpec['op']
  readonly precision: Precision
  /** The variant that was run, if the device has several. */
  readonly variant?: string
  /** `unsupported`: the package declines the op, which is allowed. `detail` gives its reason. */
  readonly status: 'passed' | 'failed' | 'skipped' | 'unsupported'
  readonly detail?: string
}

export interface ConformanceReport {
  readonly package: string
  readonly device: DeviceInfo
  readonly results: readonly CaseResult[]
}

/**
 * Runs every case on a package's device, with each variant that it has for the case's op. Compares each whole output
 * with the reference: integers must be equal, floats within `errorBounds`. Each case runs twice; the second run writes
 * into storage full of another tensor's bits. The device must refuse to reuse storage that is too small.
 * @throws OctetError if the package does not open.
 */
export async function runConformance(
  kernels: KernelPackage,
  options: ConformanceOptions,
): Promise<ConformanceReport> {
  const opened = await kernels.open(options.host)
  if (!isDevice(opened)) throw new OctetError(`${kernels.id}: ${opened.unavailable}`, opened.mend)
  const skipped = new Map(
    options.skip?.flatMap(({ reason, cases }) => cases.map((name) => [name, reason] as const)),
  )
  const results: CaseResult[] = []
  try {
    for (const one of conformanceCases(options)) {
      const about = { case: one.name, op: one.spec.op, precision: precisionOf(one.spec) }
      const reason = skipped.get(one.name)
      if (reason !== undefined) results.push({ ...about, status: 'skipped', detail: reason })
      else
        for (const variant of variantsOf(opened, one.spec))
          results.push({ ...about, ...variant, ...(await judge(opened, one, variant.variant)) })
    }
  } finally {
    await opened.dispose()
  }
  return { package: kernels.id, device: opened.info, results }
}

/** The ways to run a spec on a device: its named variants, or its only way. */
function variantsOf(device: KernelDevice, spec: OpSpec): readonly Pick<CaseResult, 'variant'>[] {
  const names = device.supports(spec) === true ? (device.variants?.(spec) ?? []) : []
  return names.length === 0 ? [{}] : names.map((variant) => ({ variant }))
}

/**
 * Runs one case on an open device, with the named variant or the device's choice. If a kernel throws, its case fails.
 */
export async function judge(
  device: KernelDevice,
  one: ConformanceCase,
  variant?: string,
): Promise<Pick<CaseResult, 'status' | 'detail'>> {
  const support = device.supports(one.spec)
  if (support !== true) return { status: 'unsupported', detail: support.reason }
  try {
    const expected = tensor(one.spec.output.dtype, one.spec.output.shape)
    compute(one.spec, one.constants, one.inputs, expected)
    const bounds = errorBounds(one, expected)
    const reuse = await faultOfReuse(device, one.spec.output)
    if (reuse !== undefined) return { status: 'failed', detail: reuse }
    for await (const actual of outputsOf(device, one, variant)) {
      const fault = difference(actual, expected, bounds)
      if (fault !== undefined) return { status: 'failed', detail: fault }
    }
    return { status: 'passed' }
  } catch (error) {
    return { status: 'failed', detail: error instanceof Error ? error.message : String(error) }
  }
}

/**
 * The output in its own storage, in another tensor's storage, between two tensors of one block, and, for a view, in its
 * input's storage.
 */
async function* outputsOf(
  device: KernelDevice,
  { spec, constants, inputs }: ConformanceCase,
  variant: string | undefined,
): AsyncGenerator<Tensor> {
  const op = await device.prepare(spec, constants, variant)
  if (variant !== undefined && op.variant !== variant)
    throw new Error(`asked for variant "${variant}", the device prepared "${op.variant ?? 'no variant'}"`)
  const held = inputs.map((input) => device.alloc(input))
  const dirty = await dirtyStorage(device, spec.output)
  const run = async (output: DeviceTensor): Promise<Tensor> => {
    for (const [i, input] of inputs.entries()) await device.write(held[i], input)
    await device.submit([{ op, inputs: held, output }])
    return device.read(output)
  }
  try {
    for (const reuse of [undefined, dirty]) {
      const output = device.alloc(spec.output, reuse)
      try {
        yield await run(output)
      } finally {
        if (reuse === undefined) device.free(output)
      }
    }
    const between = await outputBetween(device, spec.output, run)
    if (between !== undefined) yield between
    if (device.views?.(spec) === true) yield await run(device.alloc(spec.output, held[0]))
  } finally {
    for (const used of [...held, dirty]) device.free(used)
    device.release(op)
  }
}

/** A tensor of random bits, large enough to hold `spec`. */
async function dirtyStorage(device: KernelDevice, spec: TensorSpec): Promise<DeviceTensor> {
  const needed = device.byteLength(spec)
  let width = elements(spec.shape) + 61
  while (device.byteLength({ dtype: spec.dtype, shape: [3, width] }) < needed) width *= 2
  const wide: TensorSpec = { dtype: spec.dtype, shape: [3, width] }
  const held = device.alloc(wide)
  await device.write(held, randomTensor(new Random(7), wide))
  return held
}

/** A phrase that names the worst element past its bound; undefined if there is none. */
export function difference(actual: Tensor, expected: Tensor, bounds: ArrayLike<number>): string | undefined {
  if (actual.dtype !== expected.dtype || !sameShape(actual.shape, expected.shape))
    return `expected ${expected.dtype} [${expected.shape.join(', ')}], got ${actual.dtype} [${actual.shape.join(', ')}]`
  const [got, want] = [asNumbers(actual), asNumbers(expected)]
  let [worst, excess, count] = [-1, 0, 0]
  for (let i = 0; i < want.length; i++) {
    if (got[i] === want[i] || (Number.isNaN(got[i]) && Number.isNaN(want[i]))) continue
    const distance = Math.abs(got[i] - want[i])
    if (distance <= bounds[i]) continue
    count++
    const by = Number.isNaN(distance) ? Infinity : distance - bounds[i]
    if (worst < 0 || by > excess) [worst, excess] = [i, by]
  }
  if (count === 0) return undefined
  return (
    `${count} of ${want.length} elements differ; element ${worst} is ${got[worst]}, expected ` +
    `${want[worst]}${bounds[worst] > 0 ? ` ± ${bounds[worst].toPrecision(2)}` : ''}`
  )
}
