import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import {
  AFFINE_INT8,
  Calibration,
  load,
  lower,
  modelOf,
  openReference,
  type Program,
  SYMMETRIC_INT8,
} from '@octet/core'
import { listWorkloads, openWorkload } from '@octet/workloads'
import { expect, test } from 'vitest'
import { calibrationBatches } from '../src/sweep/seen.ts'

const MODELS = join(import.meta.dirname, '../../../../shared/models')
const folders = existsSync(MODELS)
  ? readdirSync(MODELS, { withFileTypes: true }).flatMap((one) =>
      one.isDirectory() ? join(MODELS, one.name) : [],
    )
  : []

async function programs(source: string): Promise<Program[]> {
  const workload = await openWorkload(source)
  const { graph, normalizer } = workload
  const model = modelOf(graph)
  const [few] = [...calibrationBatches(workload)]
  const calibration = new Calibration(model, normalizer, [few])
  const weights = { ...SYMMETRIC_INT8, granularity: 'per-channel' } as const
  const int8 = await calibration.quantize({ calibration: 'minmax', activations: AFFINE_INT8, weights })
  const options = { batch: 1, normalizer }
  return [lower({ precision: 'fp32', model }, options), lower(int8, options)]
}

test.each([...listWorkloads().map(({ id }) => id), ...folders])(
  'activations of %s are laid out within 1.1 of what is alive at once (folders of ../shared where they are)',
  async (source) => {
    for (const program of await programs(source)) {
      const execution = await load(program, openReference())
      const { activationPeakBytes, arenaBytes } = execution.memory
      await execution.dispose()
      expect(arenaBytes).toBeGreaterThanOrEqual(activationPeakBytes)
      expect(arenaBytes).toBeLessThanOrEqual(1.1 * activationPeakBytes)
    }
  },
)
