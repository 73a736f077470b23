import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { type Configuration, configurationKey, type PlannedConfiguration } from '@octet/results'
import { isFiled, partsOf, sizeOf, withoutNormalization } from '@octet/workloads'
import type { Description, Metadata, TargetId } from '@octet/onnx'
import { digestOf } from '../store/digest.ts'
import type { Judgement } from './judge.ts'
import type { QuantizeSource } from './source.ts'

/** The prefix of the `metadata_props` keys that say how a file was quantized. */
const PREFIX = 'octet.quantized.'

/** The provenance in a quantized file. Equal files have the same provenance. */
export interface Provenance {
  /** Octet's version. */
  readonly version: string
  readonly target: TargetId
  /** The configuration as one word. */
  readonly configuration: string
  /** SHA-256 of the source's file. */
  readonly source: string
  /** SHA-256 of the calibration samples and their normalization, as runs record it. */
  readonly calibration: string
  readonly samples: number
  readonly seed: number
  /** Whether the inputs take readings that the graph normalizes. */
  readonly rawInput: boolean
}

interface About {
  readonly configuration: Configuration
  readonly target: TargetId
  readonly rawInput: boolean
  readonly seed: number
}

/** Hashes the source and its calibration samples part by part. */
export function provenanceOf(
  { normalizer, calibration, file }: QuantizeSource,
  { configuration, target, rawInput, seed }: About,
): Provenance {
  return {
    version: VERSION,
    target,
    configuration: configuration.method === 'plan' ? planKey(configuration) : configurationKey(configuration),
    source: createHash('sha256').update(readFileSync(file)).digest('hex'),
    calibration: calibrationDigest({ normalizer, calibration }),
    samples: sizeOf(calibration),
    seed,
    rawInput,
  }
}

/** A plan as one word: the layers of each precision. */
function planKey({ precision, calibration, layers }: PlannedConfiguration): string {
  const each = Object.entries(layers).map(([layer, one]) => `${layer}=${one}`)
  return `${precision}/${calibration}/${each.join(',')}`
}

/** SHA-256 of calibration samples and their normalization, computed part by part. */
export function calibrationDigest({
  normalizer,
  calibration,
}: Pick<QuantizeSource, 'normalizer' | 'calibration'>): string {
  const readings = isFiled(calibration) ? Array.from(partsOf(calibration), digestOf) : calibration
  return digestOf({ normalizer, calibration: readings })
}

/**
 * The metadata of a quantized file: the source's metadata, how the file was made and, if it was judged, how near it is
 * to FP32.
 */
export function metadataOf(
  { metadata }: Description,
  provenance: Provenance,
  judgement?: Judgement,
): Metadata {
  const kept = metadata.filter(([key]) => !key.startsWith(PREFIX))
  const fidelity = judgement && {
    outputSqnrDb: judgement.sqnrDb ?? 'exact',
    outputSamples: `${judgement.samples} ${judgement.of}`,
  }
  return [
    ...(provenance.rawInput ? withoutNormalization(kept) : kept),
    ...Object.entries({ ...provenance, ...fidelity }).map(([key, value]): [string, string] => [
      `${PREFIX}${key}`,
      String(value),
    ]),
  ]
}

/** This package's own version. */
export const VERSION: string = (
  JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }
).version
