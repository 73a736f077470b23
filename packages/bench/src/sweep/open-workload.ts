import { withDelivered, type Workload } from '@octet/workloads'
import { openEvaluated } from '../source/open.ts'
import type { WorkloadReference } from './options.ts'

/**
 * Opens a workload of a sweep, together with the quantized form of its model if one is given.
 * @throws OctetError with one line, if something is missing or does not fit.
 */
export async function openReference({ source, files, quantized }: WorkloadReference): Promise<Workload> {
  const workload = await openEvaluated(source, files ?? {})
  return quantized === undefined ? workload : withDelivered(workload, quantized, files?.stated)
}
