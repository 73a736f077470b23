import { OctetError } from '@octet/core'
import { type Described, parse } from '@octet/results'
import * as v from 'valibot'
import { digestOf } from '../store/digest.ts'
import { readJson, writeJson } from '../store/json-file.ts'

/** The first field of a file: it identifies a certificate and its form. */
const FORMAT = 'octet-certificate/1'

/**
 * The arithmetic of certificates. Octet refuses a file that names another arithmetic, because its integers follow other
 * rules.
 */
export const ARITHMETIC = {
  /** x / scale in float32, then rounding, then the zero point, limited to the bounds of the type. */
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
  /** The number of inputs, the samples that they are the first of, and the hash of all inputs. */
  vectors: v.strictObject({ count, of: v.picklist(['evaluation', 'calibration']), sha256 }),
  /** The numbers of all vectors, one after the other, little-endian. The shape is that of one vector. */
  inputs: v.array(
    v.strictObject({ name, dtype: v.picklist(['float32', 'uint8', 'int8']), shape, data: base64 }),
  ),
  /** float32, like the inputs. */
  output: v.strictObject({ name, shape, exact: v.boolean(), from: places, data: base64 }),
  /**
   * The state outputs of a streaming model. Each vector starts from the state in its inputs, and leaves the state in
   * those of the next vector.
   */
  states: v.exactOptional(
    v.array(v.strictObject({ name, input: name, shape, exact: v.boolean(), from: places })),
  ),
  /** The integers inside the model, in the order of its nodes. */
  tensors: v.array(
    v.strictObject({
      name,
      op: name,
      dtype: v.picklist(['uint8', 'int8']),
      shape,
      /** The grid. Absent if the model computes it for each input. */
      scale: v.exactOptional(v.number()),
      zeroPoint: v.exactOptional(v.pipe(v.number(), v.integer())),
      exact: v.boolean(),
      from: places,
      /** For each vector, the hash of all integers. */
      sha256: v.array(sha256),
      /** The data hold every n-th integer of each vector, beginning with the first. */
      every: v.pipe(count, v.minValue(1)),
      data: base64,
    }),
  ),
  /** The number of integer tensors in the file that the certificate leaves out. */
  left: count,
  /** The hash of all fields before this field. */
  sha256,
})

/**
 * The results of a quantized model for some inputs, including the integers inside the model, and the arithmetic behind
 * them. A runtime with the same results computes the model that Octet measured.
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

/** @throws OctetError if the file is no certificate, is damaged, or names another arithmetic. */
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
        `the certificate uses another arithmetic: ${key} is ` +
          `${JSON.stringify(said[key]) ?? 'not stated'}, and this octet proves "${own}"`,
        'verify it with the octet that wrote it, or quantize the model again',
      )
  if (digestOf({ format, arithmetic, ...rest }) !== stated)
    throw new OctetError(
      'the certificate is damaged: its hash does not match its contents',
      'copy the file again',
    )
  const certificate = parse(CertificateSchema, value, 'the certificate')
  requireWhole(certificate)
  return certificate
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}

/** @throws OctetError if the length of the data differs from the shapes, or if a place does not exist. */
function requireWhole({ vectors, inputs, output, states = [], tensors }: Certificate): void {
  const fits = (one: string, numbers: number, bytes: number, data: string): void => {
    if (Buffer.byteLength(data, 'base64') !== vectors.count * numbers * bytes)
      throw new OctetError(`the certificate is not valid: "${one}" does not match its shape`, MEND)
  }
  for (const { name: one, dtype, shape: sizes, data } of inputs)
    fits(one, sizeOf(sizes), dtype === 'float32' ? 4 : 1, data)
  fits(output.name, sizeOf(output.shape), 4, output.data)
  for (const { name: one, input, shape: sizes } of states) {
    const of = inputs.find((each) => each.name === input)
    if (of === undefined || sizeOf(of.shape) !== sizeOf(sizes))
      throw new OctetError(`the certificate is not valid: "${one}" is no state of "${input}"`, MEND)
  }
  for (const [place, { name: one, shape: sizes, every, data, from, sha256: hashes }] of tensors.entries()) {
    fits(one, Math.ceil(sizeOf(sizes) / every), 1, data)
    if (hashes.length !== vectors.count || from.some((index) => index >= tensors.length || index === place))
      throw new OctetError(`the certificate is not valid: "${one}" does not fit the others`, MEND)
  }
}

/** The default path of a model's certificate: `m.certificate.json` beside `m.onnx`. */
export function certificateBeside(model: string): string {
  return `${model.replace(/\.onnx$/, '')}.certificate.json`
}

/** The number of elements in a tensor of this shape. */
export function sizeOf(sizes: readonly number[]): number {
  return sizes.reduce((product, size) => product * size, 1)
}
