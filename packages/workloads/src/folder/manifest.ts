import type { Normalizer } from '@octet/core'
import * as v from 'valibot'
import type { Recorded } from '../workload.ts'

const Finite = v.pipe(
  v.number(),
  v.check((value) => Number.isFinite(Math.fround(value)), 'it must be finite in float32'),
)
const PerChannel = v.union([Finite, v.pipe(v.array(Finite), v.minLength(1))])
const Share = v.pipe(v.number(), v.minValue(0), v.maxValue(1))
const Measured = v.object({ acc: Share, n: v.pipe(v.number(), v.integer(), v.minValue(1)) })

/** manifest.json of a workload folder. Fields that are not named here are kept, and left alone. */
export interface Manifest {
  readonly name?: string
  readonly input?: {
    readonly layout?: 'NCHW' | 'NF'
    readonly stored_dtype?: 'uint8' | 'int8' | 'float32'
    readonly normalize?: {
      readonly offset: number | readonly number[]
      readonly scale: number | readonly number[]
    }
  }
  readonly classes?: readonly string[]
  readonly task?: string
  readonly task_kind?: 'classification'
  readonly metric?: 'top-1 accuracy'
  readonly source?: string
  readonly license?: string
  readonly published?: string
  readonly note?: string
  readonly [field: string]: unknown
}

export const ManifestSchema: v.GenericSchema<unknown, Manifest> = v.looseObject({
  name: v.exactOptional(v.pipe(v.string(), v.nonEmpty())),
  input: v.exactOptional(
    v.looseObject({
      layout: v.exactOptional(v.picklist(['NCHW', 'NF'])),
      stored_dtype: v.exactOptional(v.picklist(['uint8', 'int8', 'float32'])),
      normalize: v.exactOptional(v.looseObject({ offset: PerChannel, scale: PerChannel })),
    }),
  ),
  classes: v.exactOptional(v.pipe(v.array(v.string()), v.minLength(2))),
  task: v.exactOptional(v.string()),
  task_kind: v.exactOptional(v.literal('classification')),
  metric: v.exactOptional(v.literal('top-1 accuracy')),
  source: v.exactOptional(v.string()),
  license: v.exactOptional(v.string()),
  published: v.exactOptional(v.string()),
  note: v.exactOptional(v.string()),
})

/** (x - offset) * scale; undefined where the manifest does not say. */
export function normalizerOf({ input }: Manifest): Normalizer | undefined {
  if (input?.normalize === undefined) return undefined
  const [offset, scale] = [input.normalize.offset, input.normalize.scale].map((value) =>
    Float32Array.from(typeof value === 'number' ? [value] : value),
  )
  return { offset, scale }
}

/**
 * The FP32 accuracy measured by whoever made the folder (a field `measured…`), over samples disjoint from the
 * calibration data or over all of them.
 */
export function recordedIn(manifest: Manifest, over: 'disjoint' | 'all'): Recorded | undefined {
  const measured = Object.entries(manifest).find(([key]) => key.startsWith('measured'))?.[1]
  const figures = v.safeParse(v.record(v.string(), Measured), measured)
  const figure = figures.success ? figures.output[over === 'disjoint' ? 'fp32_disjoint' : 'fp32'] : undefined
  return figure === undefined ? undefined : { accuracy: figure.acc, samples: figure.n }
}
