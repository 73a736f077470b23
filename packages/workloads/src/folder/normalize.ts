import { OctetError, type Normalizer } from '@octet/core'
import * as v from 'valibot'
import { checked, readJson } from '../json.ts'

const inFloat32 = v.check(
  (value: number) => Number.isFinite(Math.fround(value)),
  'it must be finite in float32',
)
const Offset = v.pipe(v.number(), inFloat32)
const Scale = v.pipe(
  v.number(),
  inFloat32,
  v.check((value) => Math.fround(value) !== 0, 'it must not be 0 in float32, or every reading becomes 0'),
)

/** The normalization of readings in its JSON form: (x - offset) * scale, with one number each, or one per channel. */
export interface Normalization {
  readonly offset: number | readonly number[]
  readonly scale: number | readonly number[]
}

export const NormalizationSchema: v.GenericSchema<unknown, Normalization> = v.looseObject({
  offset: v.union([Offset, v.pipe(v.array(Offset), v.minLength(1))]),
  scale: v.union([Scale, v.pipe(v.array(Scale), v.minLength(1))]),
})

/** The remedy for an impossible normalization. */
export const NORMALIZE_MEND: string =
  'a reading x becomes (x - offset) * scale: offset is the mean of the readings, scale 1 / their ' +
  'deviation, a number each or one a channel'

/** Readings enter the model unchanged. */
export const UNCHANGED: Normalization = { offset: 0, scale: 1 }

const FORMS: string =
  'give offset=NUMBERS,scale=NUMBERS or mean=NUMBERS,std=NUMBERS (one number, or one a channel, between ' +
  'commas), a JSON file, or none'

const FileSchema = v.union([
  NormalizationSchema,
  v.pipe(
    v.looseObject({ input: v.looseObject({ normalize: NormalizationSchema }) }),
    v.transform(({ input }) => input.normalize),
  ),
])

/**
 * The value of `--normalize`: `offset=0,scale=0.00392`; or one number per channel,
 * `mean=123.7,116.3,103.5,std=58.4,57.1,57.4`, where std divides; or the path of a JSON file with `offset` and `scale`,
 * or of a manifest.json; or `none` for readings that enter the model unchanged. A missing offset is 0, and a missing
 * scale is 1.
 * @throws OctetError for any other text.
 */
export async function readNormalization(text: string): Promise<Normalization> {
  if (text.trim() === 'none') return UNCHANGED
  if (text.endsWith('.json')) return readJson(text, FileSchema, NORMALIZE_MEND)
  const sides = new Map<string, number[]>()
  let side: number[] | undefined
  for (const part of text.split(/[\s,;]+/).filter((one) => one !== '')) {
    const [, name, value] = /^(?:(offset|mean|scale|std)=)?(.*)$/s.exec(part)!
    const number = Number(value)
    if (name !== undefined) {
      if (sides.has(name)) throw new OctetError(`--normalize gives ${name} twice`, FORMS)
      sides.set(name, (side = []))
    }
    if (side === undefined || value === '' || Number.isNaN(number))
      throw new OctetError(`--normalize: "${part}" is not understood`, FORMS)
    side.push(number)
  }
  const [offset, mean, scale, std] = ['offset', 'mean', 'scale', 'std'].map((name) => sides.get(name))
  if (sides.size === 0 || (offset && mean) || (scale && std))
    throw new OctetError(`--normalize is "${text}"`, FORMS)
  const given = {
    offset: compact(offset ?? mean ?? [0]),
    scale: compact(scale ?? std?.map((deviation) => 1 / deviation) ?? [1]),
  }
  return checked(NormalizationSchema, given, '--normalize', NORMALIZE_MEND)
}

function compact(values: readonly number[]): number | readonly number[] {
  return values.length === 1 ? values[0] : values
}

/** The same normalization in float32, as kernels take it. */
export function normalizerOf({ offset, scale }: Normalization): Normalizer {
  const side = (value: number | readonly number[]): Float32Array =>
    Float32Array.from(typeof value === 'number' ? [value] : value)
  return { offset: side(offset), scale: side(scale) }
}

/** The normalization from which `normalizerOf` makes a normalizer. */
export function normalizationOf({ offset, scale }: Normalizer): Normalization {
  return { offset: compact([...offset]), scale: compact([...scale]) }
}
