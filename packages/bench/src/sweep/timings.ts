import { createHash } from 'node:crypto'
import { type Program, programKey, type Tensor } from '@octet/core'
import type { Configuration } from '@octet/results'
import type { OpenDevice } from '../discover/devices.ts'
import { type Contender, type Effort, timeContenders, type Timed } from '../measure/latency.ts'
import type { TimedProgram } from '../store/entry.ts'

/** A configuration with its program for one sample. */
export interface Lowered {
  readonly configuration: Configuration
  readonly program: Program
}

/** Short name of a program: equal for configurations that differ in numbers alone. */
export function programName(program: Program): string {
  return createHash('sha256').update(programKey(program)).digest('hex').slice(0, 12)
}

/** Times each distinct program once on a device, for all configurations that share it. FP32 is the baseline where it is among them. */
export async function timePrograms(
  workload: string,
  lowered: readonly Lowered[],
  { kernels, device }: OpenDevice,
  sample: Tensor<'float32'>,
  effort: Effort,
): Promise<TimedProgram[]> {
  const contenders = new Map<string, Contender>()
  const sharing = new Map<string, number>()
  for (const { program } of lowered) {
    const key = programName(program)
    if (!contenders.has(key)) contenders.set(key, { key, program })
    sharing.set(key, (sharing.get(key) ?? 0) + 1)
  }
  const timed = await timeContenders([...contenders.values()], device, sample, effort)
  const place = { workload, kernels, adapter: device.info.id }
  return timed.map((one) => forSharing(one, sharing.get(one.key)! - 1, place))
}

function forSharing(
  { key, latency, memory, fallbackOps, unstable }: Timed,
  others: number,
  place: Pick<TimedProgram, 'workload' | 'kernels' | 'adapter'>,
): TimedProgram {
  return {
    ...place,
    program: key,
    latency: { ...latency, shared: { program: key, with: others } },
    memory,
    fallbackOps,
    ...(unstable !== undefined && { unstable }),
  }
}
