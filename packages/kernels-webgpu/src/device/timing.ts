import type { Timing } from '@octet/core'
import type { Wait } from '../open/source.ts'

/** Encodes the timed work, so many times over, as one compute pass. */
export type Encode = (
  encoder: GPUCommandEncoder,
  copies: number,
  writes?: GPUComputePassTimestampWrites,
) => void

/** The most repetitions in one submission, enough to hide its cost. */
const BATCH = 16
/**
 * The most nanoseconds of work in one submission, estimated from earlier repetitions, because drivers abort work that
 * takes seconds.
 */
const LONGEST_SUBMISSION = 200e6
/** A clock of longer steps, in ns, is met by more work between two looks at it. Browsers have steps of 65,536. */
const BLUNT = 4096
/** Steps of such a clock that work takes at least, so that a step more or less is 3% of it. */
const LEAST_STEPS = 32
/** Copies of the work between two looks, at most: past that the wall clock tells more. */
const MOST_COPIES = 4096
/** Looks in a row that tell nothing, at most. */
const MOST_LOOKS = 8
/**
 * The most nanoseconds of the wall clock that one look with more copies may take, by the time of the look before it. A
 * clock that stands still would otherwise ask for seconds of work.
 */
const LONGEST_LOOK = 1e9

/** A device whose work is timed, by its own clock where it has one. */
export interface Timed {
  readonly device: GPUDevice
  readonly wait: Wait
  readonly timestamps: boolean
}

/** Times `repeats` passes, each by itself. */
export async function timePasses(timed: Timed, encode: Encode, repeats: number): Promise<Timing> {
  const byDevice = timed.timestamps ? await timeByTimestamps(timed, encode, repeats) : undefined
  return byDevice ?? timeByWall(timed.device, encode, repeats)
}

/**
 * Each repetition is one compute pass between two GPU timestamps, in nanoseconds of the device's clock. A pass that
 * took no time or less tells nothing, and so does one of few steps of a blunt clock: those are run again, with more
 * copies of the work. Undefined where the clock tells nothing.
 */
async function timeByTimestamps(
  { device, wait }: Timed,
  encode: Encode,
  repeats: number,
): Promise<Timing | undefined> {
  const bytes = 16 * Math.min(BATCH, Math.max(1, repeats))
  const queries = device.createQuerySet({ type: 'timestamp', count: bytes / 8 })
  const resolved = device.createBuffer({
    size: bytes,
    usage: GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC,
  })
  const staging = device.createBuffer({
    size: bytes,
    usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
  })
  const ns: number[] = []
  let [copies, step, vain] = [1, 0n, 0]
  try {
    while (ns.length < repeats) {
      const fitting =
        ns.length === 0 ? 1 : Math.max(1, Math.floor(LONGEST_SUBMISSION / (copies * Math.max(...ns))))
      const count = Math.min(BATCH, fitting, repeats - ns.length)
      const start = performance.now()
      const encoder = device.createCommandEncoder()
      for (let index = 0; index < count; index++)
        encode(encoder, copies, {
          querySet: queries,
          beginningOfPassWriteIndex: 2 * index,
          endOfPassWriteIndex: 2 * index + 1,
        })
      encoder.resolveQuerySet(queries, 0, 2 * count, resolved, 0)
      encoder.copyBufferToBuffer(resolved, 0, staging, 0, 16 * count)
      device.queue.submit([encoder.finish()])
      await wait(staging.mapAsync(GPUMapMode.READ))
      const lookNs = (performance.now() - start) * 1e6
      const ticks = [...new BigUint64Array(staging.getMappedRange()).subarray(0, 2 * count)]
      staging.unmap()
      for (const tick of ticks) step = commonDivisor(step, tick)
      const least = step < BLUNT ? 1 : LEAST_STEPS * Number(step)
      const taken = Array.from({ length: count }, (_, i) => Number(ticks[2 * i + 1] - ticks[2 * i]))
      const told = taken.filter((one) => one >= least)
      // Of a blunt clock all count or none: those that are long enough by chance would be the longer ones.
      if (step < BLUNT ? told.length > 0 : told.length === count) {
        ns.push(...told.map((one) => one / copies))
        vain = 0
        continue
      }
      const more = copies * Math.min(64, Math.max(2, Math.ceil((1.5 * least) / Math.max(1, ...taken))))
      const most = Math.min(MOST_COPIES, Math.floor((LONGEST_LOOK * copies) / lookNs))
      vain++
      if (vain > MOST_LOOKS || copies >= most) return undefined
      copies = Math.min(most, more)
    }
  } finally {
    queries.destroy()
    resolved.destroy()
    staging.destroy()
  }
  return { clock: 'gpu', ns }
}

function commonDivisor(a: bigint, b: bigint): bigint {
  let [x, y] = [a, b]
  while (y !== 0n) [x, y] = [y, x % y]
  return x
}

/** Each repetition is one submission. Its time lasts from handing it over to the notice that it is done. */
async function timeByWall(device: GPUDevice, encode: Encode, repeats: number): Promise<Timing> {
  const ns: number[] = []
  for (let index = 0; index < repeats; index++) {
    const encoder = device.createCommandEncoder()
    encode(encoder, 1)
    const commands = encoder.finish()
    const start = performance.now()
    device.queue.submit([commands])
    await device.queue.onSubmittedWorkDone()
    ns.push((performance.now() - start) * 1e6)
  }
  return { clock: 'wall', ns }
}
