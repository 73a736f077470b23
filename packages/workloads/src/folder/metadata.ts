import { OctetError } from '@octet/core'
import type { Metadata } from '@octet/onnx'
import { checked } from '../json.ts'
import type { SensorDType } from '../samples.ts'
import { NORMALIZE_MEND, NormalizationSchema, UNCHANGED, type Normalization } from './normalize.ts'

/** The key under which Octet keeps the normalization in a model's metadata, as JSON like in a manifest. */
export const NORMALIZE_KEY = 'octet.normalize'
/** ONNX's own key for images (MetadataProps.md). Its keys and values are case-insensitive. */
const PIXEL_RANGE = 'image.nominalpixelrange'

/** The normalization of bytes 0 to 255 to each nominal range. */
const PIXEL_RANGES: ReadonlyMap<string, Normalization> = new Map([
  ['nominalrange_0_255', UNCHANGED],
  ['normalized_0_1', { offset: 0, scale: 1 / 255 }],
  ['normalized_1_1', { offset: 127.5, scale: 1 / 127.5 }],
  ['nominalrange_16_235', { offset: (-16 * 255) / 219, scale: 219 / 255 }],
])

/**
 * The normalization that a model's metadata states: Octet's own, or, for readings of bytes, ONNX's nominal range of
 * pixels. Undefined if it states none.
 * @throws OctetError for an invalid normalization, or for one that is given twice.
 */
export function normalizationIn(
  metadata: Metadata,
  stored: SensorDType,
): { readonly normalization: Normalization; readonly key: string } | undefined {
  const own = only(metadata, NORMALIZE_KEY)
  if (own !== undefined) {
    const normalization = checked(
      NormalizationSchema,
      jsonOf(own),
      `metadata ${NORMALIZE_KEY}`,
      NORMALIZE_MEND,
    )
    return { normalization, key: NORMALIZE_KEY }
  }
  const range =
    stored === 'uint8' ? PIXEL_RANGES.get(only(metadata, PIXEL_RANGE)?.toLowerCase() ?? '') : undefined
  return range && { normalization: range, key: 'Image.NominalPixelRange' }
}

/** The metadata of a model that takes unchanged readings: the entries about normalization are left out. */
export function withoutNormalization(metadata: Metadata): Metadata {
  return metadata.filter(([key]) => ![NORMALIZE_KEY, PIXEL_RANGE].includes(key.toLowerCase()))
}

function only(metadata: Metadata, wanted: string): string | undefined {
  const found = metadata.filter(([key]) => key.toLowerCase() === wanted)
  if (found.length > 1)
    throw new OctetError(`metadata ${found[0][0]} is given ${found.length} times`, 'leave one of them')
  return found[0]?.[1]
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
