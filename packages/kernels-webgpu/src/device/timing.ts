import type { Timing } from '@octet/core'
import type { Wait } from '../open/source.ts'

/** Encodes the timed work as one compute pass. */
type Encode = (encoder: GPUCommandEncoder, writes?: GPUComputePassTimestampWrites) => void

/** The most repetitions in one submission, enough to hide its cost. */
const BATCH = 16
/**
 * The most nanoseconds of work in one submission, estimated from earlier repetitions, because drivers abort work that
 * takes seconds.
 */
const LONGEST_SUBMISSION = 200e6

/** Each repetition is one compute pass between two GPU timestamps, in nanoseconds of the device's clock. */
export async function timeByTimestamps(
  device: GPUDevice,
  wait: Wait,
  encode: Encode,
  repeats: number,
): Promise<Timing> {
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
  try {
    while (ns.length < repeats) {
      const fitting = ns.length === 0 ? 1 : Math.max(1, Math.floor(LONGEST_SUBMISSION / Math.max(...ns)))
      const count = Math.min(BATCH, fitting, repeats - ns.length)
      const encoder = device.createCommandEncoder()
      for (let index = 0; index < count; index++)
        encode(encoder, {
          querySet: queries,
          beginningOfPassWriteIndex: 2 * index,
          endOfPassWriteIndex: 2 * index + 1,
        })
      encoder.resolveQuerySet(queries, 0, 2 * count, resolved, 0)
      encoder.copyBufferToBuffer(resolved, 0, staging, 0, 16 * count)
      device.queue.submit([encoder.finish()])
      await wait(staging.mapAsync(GPUMapMode.READ))
      const ticks = new BigUint64Array(staging.getMappedRange())
      for (let index = 0; index < count; index++) ns.push(Number(ticks[2 * index + 1] - ticks[2 * index]))
      staging.unmap()
    }
  } finally {
    queries.destroy()
    resolved.destroy()
    staging.destroy()
  }
  return { clock: 'gpu', ns }
}

/** Each repetition is one submission. Its time lasts from handing it over to the notice that it is done. */
export async function timeByWall(device: GPUDevice, encode: Encode, repeats: number): Promise<Timing> {
  const ns: number[] = []
  for (let index = 0; index < repeats; index++) {
    const encoder = device.createCommandEncoder()
    encode(encoder)
    const commands = encoder.finish()
    const start = performance.now()
    device.queue.submit([commands])
    await device.queue.onSubmittedWorkDone()
    ns.push((performance.now() - start) * 1e6)
  }
  return { clock: 'wall', ns }
}
