import type { Shape } from '@octet/core'
import type { OnnxData } from '../encode.ts'
import type { NodeWriter } from '../nodes.ts'

/** An input that takes readings in the form that a sensor delivers. */
export interface RawInput {
  /** The dtype of stored readings. */
  readonly dtype: 'uint8' | 'int8' | 'float32'
  /** `(x - offset) * scale`, with one number or one number per channel. */
  readonly offset: Float32Array
  readonly scale: Float32Array
}

/**
 * Writes fl32(fl32(x - offset) * scale) of readings [N, ...sample], like a Normalize step. Leaves out a subtraction of
 * 0 and a multiplication by 1.
 * @returns the normalized tensor
 */
export function writeNormalization(
  writer: NodeWriter,
  input: string,
  sample: Shape,
  { dtype, offset, scale }: RawInput,
): string {
  const perChannel = (data: Float32Array): OnnxData => ({
    dtype: 'float32',
    shape: data.length === 1 ? [] : [data.length, ...sample.slice(1).map(() => 1)],
    data,
  })
  const name = (part: string): string => writer.fresh(`${input}.${part}`)
  let x = dtype === 'float32' ? input : writer.cast(input, name('readings'), 'float32')
  if (offset.some((value) => value !== 0))
    x = writer.add('Sub', [x, writer.constant(`${input}.offset`, perChannel(offset))], name('shifted'))
  if (scale.some((value) => value !== 1))
    x = writer.add('Mul', [x, writer.constant(`${input}.factor`, perChannel(scale))], name('normalized'))
  return x
}
