import type { Tensor } from '@octet/core'
import { DESCRIPTIONS, MAGIC, type NpyDType } from './format.ts'

const PREFIX_BYTES = MAGIC.length + 4
/** The values begin at a multiple of this, as in files that NumPy writes. */
const ALIGNMENT = 64

/** Writes a tensor as an NPY file, format version 1.0, C order. */
export function formatNpy({ dtype, shape, data }: Tensor<NpyDType>): Uint8Array {
  const sizes = shape.length === 1 ? `${shape[0]},` : shape.join(', ')
  const text = `{'descr': '${DESCRIPTIONS[dtype]}', 'fortran_order': False, 'shape': (${sizes}), }`
  const start = Math.ceil((PREFIX_BYTES + text.length + 1) / ALIGNMENT) * ALIGNMENT
  const bytes = new Uint8Array(start + data.byteLength)
  const view = new DataView(bytes.buffer)
  bytes.set(MAGIC)
  bytes[MAGIC.length] = 1
  view.setUint16(MAGIC.length + 2, start - PREFIX_BYTES, true)
  bytes.set(Buffer.from(`${text.padEnd(start - PREFIX_BYTES - 1)}\n`, 'latin1'), PREFIX_BYTES)
  data.forEach((value, i) => {
    const at = start + i * data.BYTES_PER_ELEMENT
    if (dtype === 'float32') view.setFloat32(at, value, true)
    else if (dtype === 'int32') view.setInt32(at, value, true)
    else view.setUint8(at, value)
  })
  return bytes
}
