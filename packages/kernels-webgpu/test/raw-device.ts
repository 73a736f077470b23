import { discover } from '../src/open/node/discover.ts'
import type { Source } from '../src/open/source.ts'

/** Dawn's objects must not be collected while the process lives. */
const kept: unknown[] = []

/** A WebGPU device of no package, on the adapter that `pick` takes of those there are: the first unless told. */
export async function rawDevice(
  pick: (sources: readonly Source[]) => Source = ([first]) => first,
): Promise<GPUDevice> {
  const { sources } = await discover()
  if ('unavailable' in sources) throw new Error(sources.unavailable)
  const adapter = await pick(sources).request()
  const device = await adapter.requestDevice()
  kept.push(adapter, device)
  return device
}
