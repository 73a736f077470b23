import { inert, SCORED_TASKS, TASK_IDS, TASKS } from '@octet/core'
import * as v from 'valibot'
import { isName, NAME_RULE } from '../name.ts'
import type { Recorded } from '../workload.ts'
import { NormalizationSchema } from './normalize.ts'

/** The description of a workload. It is shown and never interpreted. */
const Words = v.pipe(
  v.string(),
  v.transform((text) => inert(text, 2000)),
)
const Share = v.pipe(v.number(), v.minValue(0), v.maxValue(1))
const Measured = v.object({ acc: Share, n: v.pipe(v.number(), v.integer(), v.minValue(1)) })

/** The manifest.json of a workload folder. Fields that are not listed here are kept and ignored. */
export const ManifestSchema = v.looseObject({
  name: v.exactOptional(
    v.pipe(
      v.string(),
      v.check(isName, ({ input }) => `"${input}" cannot be a name: ${NAME_RULE}`),
    ),
  ),
  input: v.exactOptional(
    v.looseObject({
      layout: v.exactOptional(v.picklist(['NCHW', 'NF'])),
      stored_dtype: v.exactOptional(v.picklist(['uint8', 'int8', 'float32'])),
      normalize: v.exactOptional(NormalizationSchema),
    }),
  ),
  inputs: v.exactOptional(v.record(v.string(), v.looseObject({ normalize: NormalizationSchema }))),
  dims: v.exactOptional(v.record(v.string(), v.pipe(v.number(), v.integer(), v.minValue(1)))),
  set: v.exactOptional(
    v.record(v.string(), v.union([v.number(), v.pipe(v.string(), v.regex(/^[^/\\]+\.npy$/u))])),
  ),
  output: v.exactOptional(v.string()),
  states: v.exactOptional(v.record(v.string(), v.string())),
  classes: v.exactOptional(v.pipe(v.array(Words), v.minLength(2))),
  task: v.exactOptional(v.pipe(v.string(), v.nonEmpty(), Words)),
  task_kind: v.exactOptional(v.picklist(TASK_IDS)),
  threshold: v.exactOptional(
    v.pipe(
      v.number(),
      v.check((value) => value > 0 && value < 1, 'a threshold is a probability between 0 and 1'),
    ),
  ),
  metric: v.exactOptional(v.picklist(SCORED_TASKS.map((id) => TASKS[id].metric))),
  source: v.exactOptional(Words),
  license: v.exactOptional(Words),
  published: v.exactOptional(Words),
  note: v.exactOptional(Words),
})
export type Manifest = v.InferOutput<typeof ManifestSchema>

/**
 * The FP32 accuracy that the maker of the folder measured (a field `measured…`), over samples disjoint from the
 * calibration data or over all samples.
 */
export function recordedIn(manifest: Manifest, over: 'disjoint' | 'all'): Recorded | undefined {
  const measured = Object.entries(manifest).find(([key]) => key.startsWith('measured'))?.[1]
  const figures = v.safeParse(v.record(v.string(), Measured), measured)
  const figure = figures.success ? figures.output[over === 'disjoint' ? 'fp32_disjoint' : 'fp32'] : undefined
  return figure === undefined ? undefined : { value: figure.acc, samples: figure.n }
}
