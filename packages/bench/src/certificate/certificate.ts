import { OctetError } from '@octet/core'
import { type Described, parse } from '@octet/results'
import * as v from 'valibot'
import { digestOf } from '../store/digest.ts'
import { readJson, writeJson } from '../store/json-file.ts'

/** The first field of a file: it identifies a certificate and its form. */
const FORMAT = 'octet-certificate/1'

/**
 * The arithmetic that certificates stand on. A file that names another one is refused: its integers would be compared
 * with those of other rules.
 */
export const ARITHMETIC = {
  /** x / scale in float32, then rounding, then the zero point, held to the type's bounds. */
  quantize: 'float32 division',
  /** Sums of products of integers, biases included. */
  accumulate: 'int32',
  /** A sum times fl32(fl32(scale of x times scale of w) / scale of y), in float32. */
  requantize: 'float32 multiplier',
  rounding: 'half to even',
} as const

const name = v.pipe(v.string(), v.nonEmpty())
const count = v.pipe(v.number(), v.integer(), v.minValue(0))
const sha256 = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/, 'it is no SHA-256'))
const base64 = v.pipe(v.string(), v.base64())
const shape = v.array(count)
const places = v.array(count)

const CertificateSchema = v.strictObject({
  format: v.literal(FORMAT),
  /** The version of Octet that wrote it. */
  octet: name,
  arithmetic: v.strictObject({ quantize: name, accumulate: name, requantize: name, rounding: name }),
  model: v.strictObject({ name, sha256, bytes: count }),
  /** How many inputs there are, of which samples the first, and the hash of all of them. */
  vectors: v.strictObject({ count, of: v.picklist(['evaluation', 'calibration']), sha256 }),
  /** Numbers of all vectors, one after the other, little-endian; the shape is that of one. */
  inputs: v.array(
    v.strictObject({ name, dtype: v.picklist(['float32', 'uint8', 'int8']), shape, data: base64 }),
  ),
  /** float32, as the inputs have it. */
  output: v.strictObject({ name, shape, exact: v.boolean(), from: places, data: base64 }),
  /** Integers inside of the model, in the order of its nodes. */
  tensors: v.array(
    v.strictObject({
      name,
      op: name,
      dtype: v.picklist(['uint8', 'int8']),
      shape,
      /** The grid; left out where the model makes it for each input. */
      scale: v.exactOptional(v.number()),
      zeroPoint: v.exactOptional(v.pipe(v.number(), v.integer())),
      exact: v.boolean(),
      from: places,
      /** Of each vector: the hash of all integers. */
      sha256: v.array(sha256),
      /** The data hold every n-th integer of each vector, the first among them. */
      every: v.pipe(count, v.minValue(1)),
      data: base64,
    }),
  ),
  /** Tensors of integers in the file that are not in the certificate. */
  left: count,
  /** The hash of all that stands before it. */
  sha256,
})

/**
 * What a quantized model yields for some inputs, down to the integers inside of it, on the arithmetic that it stands
 * on: a runtime that yields the same computes what was measured.
 */
export type Certificate = Described<typeof CertificateSchema>

const MEND = 'quantize the model again: octet quantize writes a certificate beside it'

/** A certificate with its own hash. */
export function sealed(certificate: Omit<Certificate, 'format' | 'arithmetic' | 'sha256'>): Certificate {
  const whole = { format: FORMAT, arithmetic: ARITHMETIC, ...certificate } as const
  return { ...whole, sha256: digestOf(whole) }
}

/** @throws WriteFault when the file cannot be written. */
export function writeCertificate(path: string, certificate: Certificate): void {
  writeJson(path, certificate, checked)
}

/** @throws OctetError for what is no certificate, one of another arithmetic, or one that is damaged. */
export function readCertificate(path: string): Certificate {
  return readJson(path, checked)
}

function checked(value: unknown): Certificate {
  const { format, arithmetic, sha256: stated, ...rest } = fieldsOf(value)
  if (format !== FORMAT)
    throw new OctetError(
      typeof format === 'string' && format.startsWith('octet-certificate/')
        ? `it is a certificate of form "${format}", and this octet reads "${FORMAT}"`
        : 'it is no certificate',
      MEND,
    )
  const said = fieldsOf(arithmetic)
  for (const [key, own] of Object.entries(ARITHMETIC))
    if (said[key] !== own)
      throw new OctetError(
        `the certificate stands on another arithmetic: ${key} is ${JSON.stringify(said[key]) ?? 'not stated'}, and this octet proves "${own}"`,
        'verify it with the octet that wrote it, or quantize the model again',
      )
  if (digestOf({ format, arithmetic, ...rest }) !== stated)
    throw new OctetError(
      'the certificate is damaged: its hash is not that of its contents',
      'copy the file again',
    )
  const certificate = parse(CertificateSchema, value, 'the certificate')
  requireWhole(certificate)
  return certificate
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}

/** @throws OctetError where the data are not as long as the shapes say, or a place is none. */
function requireWhole({ vectors, inputs, output, tensors }: Certificate): void {
  const fits = (one: string, numbers: number, bytes: number, data: string): void => {
    if (Buffer.byteLength(data, 'base64') !== vectors.count * numbers * bytes)
      throw new OctetError(`the certificate is not valid: "${one}" does not hold what its shape says`, MEND)
  }
  for (const { name: one, dtype, shape: sizes, data } of inputs)
    fits(one, sizeOf(sizes), dtype === 'float32' ? 4 : 1, data)
  fits(output.name, sizeOf(output.shape), 4, output.data)
  for (const [place, { name: one, shape: sizes, every, data, from, sha256: hashes }] of tensors.entries()) {
    fits(one, Math.ceil(sizeOf(sizes) / every), 1, data)
    if (hashes.length !== vectors.count || from.some((index) => index >= tensors.length || index === place))
      throw new OctetError(`the certificate is not valid: "${one}" does not belong to the others`, MEND)
  }
}

/** Where the certificate of a model lies unless somebody says otherwise: `m.certificate.json` beside `m.onnx`. */
export function certificateBeside(model: string): string {
  return `${model.replace(/\.onnx$/, '')}.certificate.json`
}

/** How many elements a tensor of a shape has. */
export function sizeOf(sizes: readonly number[]): number {
  return sizes.reduce((product, size) => product * size, 1)
}
