import { OctetError, type Normalizer, type Shape, type ValueInfo } from '@octet/core'
import { readMetadata } from '@octet/onnx'
import { inFile } from '../file.ts'
import type { SensorDType } from '../samples.ts'
import type { NormalizedBy } from '../workload.ts'
import { normalizationIn } from './metadata.ts'
import type { Manifest } from './manifest.ts'
import { NORMALIZE_MEND, normalizerOf, UNCHANGED, type Normalization } from './normalize.ts'

/** The normalization of readings, and its source. */
export interface Normalized {
  readonly normalization: Normalization
  readonly by: NormalizedBy
  readonly notes: readonly string[]
}

/** The possible sources of the normalization, in order of precedence. */
export interface Sources {
  /** The value of `--normalize`. */
  readonly flag?: Normalization | undefined
  readonly manifest?: { readonly path: string; readonly normalization: Normalization } | undefined
  /** The path and bytes of the model. Its metadata may state the normalization. */
  readonly model: { readonly path: string; readonly bytes: Uint8Array }
}

/**
 * The normalization of readings stored as `stored`, for an input [N, ...input].
 * @throws OctetError naming the source of a normalization that does not fit the input's channels, or of invalid
 *   metadata.
 */
export function normalizedBy(
  { flag, manifest, model }: Sources,
  stored: SensorDType,
  input: Shape,
): Normalized {
  const fitting = (normalization: Normalization, where: string): Normalization =>
    fittingOf(normalization, where, input)
  if (flag !== undefined)
    return { normalization: fitting(flag, '--normalize: '), by: '--normalize', notes: [] }
  if (manifest !== undefined) {
    const where = `${manifest.path}: input.normalize.`
    return { normalization: fitting(manifest.normalization, where), by: 'manifest', notes: [] }
  }
  const found = inFile(model.path, () => normalizationIn(readMetadata(model.bytes), stored))
  if (found === undefined) return { normalization: UNCHANGED, by: 'nothing', notes: [] }
  return {
    normalization: fitting(found.normalization, `${model.path}: metadata ${found.key}: `),
    by: 'metadata',
    notes: [`normalized as the model's metadata says (${found.key})`],
  }
}

/**
 * The normalizers of all inputs but the first, as a manifest states them by name.
 * @throws OctetError for a name without such an input, or for a normalization that does not fit its input's channels.
 */
export function normalizersBeside(
  [first, ...others]: readonly ValueInfo[],
  stated: NonNullable<Manifest['inputs']>,
  path: string,
): ReadonlyMap<string, Normalizer> {
  return new Map(
    Object.entries(stated).map(([name, { normalize }]) => {
      const input = others.find((one) => one.name === name)
      if (input === undefined)
        throw new OctetError(
          `${path}: inputs names "${name}", which is no input beside "${first.name}"`,
          others.length === 0
            ? 'say the normalization of the one input in input.normalize'
            : `name one of ${others.map((one) => one.name).join(', ')}, or say that of the first in input.normalize`,
        )
      return [name, normalizerOf(fittingOf(normalize, `${path}: inputs.${name}.normalize.`, input.shape))]
    }),
  )
}

/** The normalization, checked against an input [N, ...input]. */
function fittingOf(normalization: Normalization, where: string, [channels]: Shape): Normalization {
  for (const name of ['offset', 'scale'] as const) {
    const side = normalization[name]
    if (typeof side === 'number' || side.length === 1 || side.length === channels) continue
    throw new OctetError(`${where}${name} has ${side.length} values for ${channels} channels`, NORMALIZE_MEND)
  }
  return normalization
}
