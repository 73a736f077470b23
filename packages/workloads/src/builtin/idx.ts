import { OctetError, tensor, elements, type Tensor } from '@octet/core'

const FETCH_AGAIN = 'fetch the file again'

/**
 * Reads an IDX file of unsigned bytes: two zero bytes, the type 0x08, the rank, one big-endian size per dimension, then
 * the values in C order (LeCun, Cortes and Burges, "The MNIST database").
 * @throws OctetError naming `where` if the bytes are not such a file.
 */
export function parseIdx(bytes: Uint8Array, where: string): Tensor<'uint8'> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const rank = bytes.length < 4 || view.getUint16(0) !== 0 || bytes[2] !== 0x08 ? 0 : bytes[3]
  const start = 4 + 4 * rank
  if (rank === 0 || bytes.length < start)
    throw new OctetError(`${where}: not an IDX file of unsigned bytes`, FETCH_AGAIN)
  const shape = Array.from({ length: rank }, (_, axis) => view.getUint32(4 + 4 * axis))
  if (bytes.length !== start + elements(shape))
    throw new OctetError(
      `${where}: IDX shape [${shape.join(', ')}] needs ${elements(shape)} bytes, the file has ${bytes.length - start}`,
      FETCH_AGAIN,
    )
  return tensor('uint8', shape, bytes.subarray(start))
}
