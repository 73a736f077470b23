import { readFileSync } from 'node:fs'
import { type Grid, inertJson, type Model, OctetError, type Range, SCHEMES, WEIGHT_BITS } from '@octet/core'
import type { Described } from '@octet/results'
import { writeWhole } from '@octet/workloads'
import * as v from 'valibot'
import { calibrationDigest, VERSION } from '../quantize/provenance.ts'
import type { QuantizeSource } from '../quantize/source.ts'
import { digestOf } from '../store/digest.ts'

const End = v.pipe(v.number(), v.finite())

/** The ranges of a model's activations in a file for a later run. */
export const SavedRangesSchema = v.object({
  kind: v.literal('octet-ranges'),
  schema: v.literal(1),
  /** The version of Octet. */
  version: v.string(),
  id: v.string(),
  /** Digest of the graph with its weights, and of the normalization of readings. */
  model: v.string(),
  /** Digest of the calibration samples. */
  data: v.string(),
  samples: v.number(),
  /** The id of the calibrator that found the ranges, and the grid that it found them for. */
  calibration: v.string(),
  activations: v.object({ bits: v.picklist(WEIGHT_BITS), scheme: v.picklist(SCHEMES) }),
  /** [lo, hi] by tensor. 0 lies within each range. */
  ranges: v.record(
    v.string(),
    v.pipe(
      v.tuple([End, End]),
      v.check(([lo, hi]) => lo <= 0 && hi >= 0, '0 does not lie within the range'),
    ),
  ),
})
export type SavedRanges = Described<typeof SavedRangesSchema>

/** The source of ranges. */
interface Found {
  readonly calibration: string
  readonly activations: Omit<Grid, 'granularity'>
  readonly samples: number
  readonly ranges: ReadonlyMap<string, Range>
}

/** Writes ranges for a later run of `bench --ranges` or `quantize --ranges`. */
export function saveRanges(path: string, source: QuantizeSource, found: Found): void {
  const { calibration, activations, samples, ranges } = found
  const file: SavedRanges = {
    kind: 'octet-ranges',
    schema: 1,
    version: VERSION,
    id: source.id,
    model: modelDigest(source),
    data: calibrationDigest(source),
    samples,
    calibration,
    activations: { bits: activations.bits, scheme: activations.scheme },
    ranges: Object.fromEntries([...ranges].map(([tensor, { min, max }]) => [tensor, [min, max]])),
  }
  writeWhole(path, `${inertJson(file, 2)}\n`)
}

/** @throws OctetError if the file is missing or holds no ranges. */
export function readRanges(path: string): SavedRanges {
  const what = 'give a file that octet calibrate --save-ranges wrote'
  let value: unknown
  try {
    value = JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    if (error instanceof SyntaxError) throw new OctetError(`${path} is no JSON file`, what)
    throw error
  }
  const parsed = v.safeParse(SavedRangesSchema, value)
  if (parsed.success) return parsed.output
  const [issue] = parsed.issues
  throw new OctetError(`${path}: ${v.getDotPath(issue) ?? 'the file'}: ${issue.message}`, what)
}

/** @throws OctetError if the ranges belong to another model, or name tensors that this model lacks. */
export function requireFitting(
  { id, model: digest, ranges }: SavedRanges,
  source: Pick<QuantizeSource, 'id' | 'graph' | 'normalizer'>,
  { graph, layers }: Model,
): void {
  const mend = 'save the ranges again: octet calibrate --save-ranges'
  const names = new Set([...graph.inputs.map(({ name }) => name), ...layers.map(({ output }) => output)])
  const unknown = Object.keys(ranges).find((tensor) => !names.has(tensor))
  if (unknown !== undefined)
    throw new OctetError(`the saved ranges of ${id} have tensor "${unknown}", which ${source.id} lacks`, mend)
  if (digest !== modelDigest(source))
    throw new OctetError(
      `the saved ranges of ${id} belong to other weights, or to another normalization, than those of ${source.id}`,
      mend,
    )
}

/** The ranges by tensor. */
export function rangesIn({ ranges }: SavedRanges): ReadonlyMap<string, Range> {
  return new Map(Object.entries(ranges).map(([tensor, [min, max]]) => [tensor, { min, max }]))
}

function modelDigest({ graph, normalizer }: Pick<QuantizeSource, 'graph' | 'normalizer'>): string {
  return digestOf({ graph, normalizer })
}
