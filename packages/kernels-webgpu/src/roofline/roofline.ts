import type { Peak, Timing } from '@octet/core'
import { timePasses, type Encode } from '../device/timing.ts'
import type { Wait } from '../open/source.ts'
import { workgroups } from '../wgsl/shader.ts'
import type { Target } from '../wgsl/target.ts'
import { instructionProbes } from './instruction.ts'
import { copyProbes } from './copy.ts'
import { matrixProbes } from './matrix.ts'
import type { Probe } from './probe.ts'

/** The shortest time of a timed run for which its overhead does not matter. */
const LONG_NS = 20e6
/** The number of timed runs of a probe. They alternate with as many runs of twice the work. The fastest runs count. */
const REPEATS = 5
/**
 * How often a probe whose time does not follow its work is tried again, for longer, because others may use the device.
 */
const ATTEMPTS = 3
/** If this many iterations still take no time, the compiler has removed the work. */
const MOST_ITERATIONS = 2 ** 24
/**
 * The allowed time ratio for twice the work. Outside these limits the probe counts as folded, or as bound by something
 * else.
 */
const DOUBLED = { least: 1.7, most: 2.3 }
const CHUNK = 2 ** 20

/** All probes for a target. */
export function probesFor(target: Target): readonly Probe[] {
  return [...instructionProbes(target), ...matrixProbes(target), ...copyProbes(target)]
}

/**
 * The peak rates that micro-kernels reach on a device, by unit. Several micro-kernels per unit are tried, and the
 * fastest counts. A unit is left out if none of its micro-kernels compiles, or if none takes twice as long for twice
 * the work.
 */
export async function roofline(device: GPUDevice, target: Target, wait: Wait): Promise<readonly Peak[]> {
  const best = new Map<Peak['unit'], Peak>()
  for (const probe of probesFor(target)) {
    const peak = await measure(device, target, wait, probe)
    if (peak !== undefined && peak.rate > (best.get(probe.unit)?.rate ?? 0)) best.set(probe.unit, peak)
  }
  return [...best.values()]
}

async function measure(
  device: GPUDevice,
  target: Target,
  wait: Wait,
  probe: Probe,
): Promise<Peak | undefined> {
  const pipeline = await compile(device, wait, probe)
  if (pipeline === undefined) return undefined
  const buffers = buffersFor(device, probe)
  try {
    const group = device.createBindGroup({
      layout: pipeline.getBindGroupLayout(0),
      entries: buffers
        .slice(0, probe.iterates === 'loop' ? 3 : 2)
        .map((buffer, binding) => ({ binding, resource: { buffer } })),
    })
    const time = async (iterations: number, repeats: number): Promise<Timing> => {
      device.queue.writeBuffer(buffers[2], 0, Uint32Array.of(iterations, 0))
      const encode: Encode = (encoder, copies, timestampWrites) => {
        const pass = encoder.beginComputePass(timestampWrites === undefined ? {} : { timestampWrites })
        pass.setPipeline(pipeline)
        pass.setBindGroup(0, group)
        const dispatches = copies * (probe.iterates === 'loop' ? 1 : iterations)
        for (let count = 0; count < dispatches; count++)
          pass.dispatchWorkgroups(...workgroups(probe.workgroups, 1, 1))
        pass.end()
      }
      return timePasses({ device, wait, timestamps: target.timestamps }, encode, repeats)
    }
    return await peakOf(probe, time)
  } finally {
    for (const buffer of buffers) buffer.destroy()
  }
}

/**
 * The peak rate of a probe, if its time follows its work. The clock times a number of runs with a number of iterations.
 */
export async function peakOf(
  probe: Pick<Probe, 'unit' | 'by' | 'work'>,
  time: (iterations: number, repeats: number) => Promise<Timing>,
): Promise<Peak | undefined> {
  await time(1, 1) // the first dispatch may compile
  let iterations = 1
  for (;;) {
    const ns = fastest([await time(iterations, 1)])
    if (ns >= LONG_NS) break
    iterations = Math.ceil(iterations * Math.min(16, Math.max(2, (1.2 * LONG_NS) / Math.max(1, ns))))
    if (iterations > MOST_ITERATIONS) return undefined
  }
  for (let attempt = 0; attempt < ATTEMPTS; attempt++, iterations *= 2) {
    const once: Timing[] = []
    const twice: Timing[] = []
    for (let repeat = 0; repeat < REPEATS; repeat++) {
      once.push(await time(iterations, 1))
      twice.push(await time(2 * iterations, 1))
    }
    const ns = fastest(once)
    const grown = fastest(twice) / ns
    if (grown < DOUBLED.least || grown > DOUBLED.most) continue
    return { unit: probe.unit, rate: (probe.work * iterations) / ns, by: probe.by, clock: once[0].clock }
  }
  return undefined
}

function fastest(timings: readonly Timing[]): number {
  return Math.min(...timings.flatMap(({ ns }) => ns))
}

async function compile(device: GPUDevice, wait: Wait, probe: Probe): Promise<GPUComputePipeline | undefined> {
  device.pushErrorScope('validation')
  const module = device.createShaderModule({ label: `${probe.unit}: ${probe.by}`, code: probe.code })
  const invalid = device.popErrorScope()
  try {
    return await wait(device.createComputePipelineAsync({ layout: 'auto', compute: { module } }))
  } catch {
    return undefined
  } finally {
    await invalid
  }
}

/** Source, sink and run. The source is full of random bits, because memory may store zeros more compactly. */
function buffersFor(device: GPUDevice, { bytes, seeds }: Probe): readonly [GPUBuffer, GPUBuffer, GPUBuffer] {
  const { STORAGE, UNIFORM, COPY_DST } = GPUBufferUsage
  const source = device.createBuffer({ size: bytes, usage: STORAGE | COPY_DST })
  const chunk = random(Math.min(bytes, CHUNK), seeds)
  for (let at = 0; at < bytes; at += chunk.byteLength) device.queue.writeBuffer(source, at, chunk)
  const sink = device.createBuffer({ size: bytes, usage: STORAGE })
  const run = device.createBuffer({ size: 16, usage: UNIFORM | COPY_DST })
  return [source, sink, run]
}

/** The bits of the mantissa and the other bits, for each content of a source. */
const BITS = {
  f32: { free: 0x7fffff, fixed: 0x3f000000 },
  f16: { free: 0x03ff03ff, fixed: 0x38003800 },
  bytes: { free: -1, fixed: 0 },
} as const

/** Marsaglia's xorshift32. */
function random(bytes: number, seeds: Probe['seeds']): Uint32Array<ArrayBuffer> {
  const { free, fixed } = BITS[seeds]
  let state = 1
  return Uint32Array.from({ length: bytes / 4 }, () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state & free) | fixed
  })
}
