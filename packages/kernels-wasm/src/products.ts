import type { Matrix, MatrixProduct } from '@octet/core'
import { compile } from './open/compile.ts'
import { floatBits } from './memory/shelf.ts'

const PAGE = 65536
/** Words of the task, and the sums of one tile. */
const TASK = 1024
const SUMS = 2048
const HEAP = 65536
const SLACK = 64

/**
 * Matrix products in float32 SIMD on one thread: products and sums are rounded each, in the order of k, so every engine gives the same
 * bits. Operands are copied into the kernels' memory, and the result out of it.
 */
export async function openProducts(): Promise<MatrixProduct> {
  const { modules } = await compile(false)
  const memory = new WebAssembly.Memory({ initial: 2, maximum: 65536 })
  const { exports } = new WebAssembly.Instance(modules.simd, { env: { memory } })
  const multiplyMatrices = exports['multiplyMatrices'] as (task: number) => void
  let floats = new Float32Array(memory.buffer)
  let words = new Int32Array(memory.buffer)

  const reserve = (bytes: number): void => {
    const missing = bytes - memory.buffer.byteLength
    if (missing > 0) memory.grow(Math.ceil(missing / PAGE))
    if (floats.length > 0) return
    floats = new Float32Array(memory.buffer)
    words = new Int32Array(memory.buffer)
  }

  return (c, a, b, { alpha, add }) => {
    const sources = [a, b, c].map(extent)
    const sizes = [...sources.map(({ length }) => length), a.rows * a.columns, 8 * a.columns]
    const addresses: number[] = []
    let end = HEAP
    for (const length of sizes) {
      addresses.push(end)
      end += Math.ceil((4 * length + SLACK) / 64) * 64
    }
    reserve(end)
    // What lies between the elements of C comes back as it was.
    for (const [i, source] of sources.entries()) floats.set(source, addresses[i] / 4)
    const [atA, atB, atC, rowsRoom, panelRoom] = addresses
    const laid = ({ rowStep, columnStep }: Matrix, address: number): number[] => [
      address,
      rowStep,
      columnStep,
    ]
    words.set(
      [
        ...laid(a, atA),
        ...laid(b, atB),
        ...laid(c, atC),
        a.rows,
        a.columns,
        b.columns,
        floatBits(alpha),
        Number(add),
        rowsRoom,
        panelRoom,
        SUMS,
      ],
      TASK / 4,
    )
    multiplyMatrices(TASK)
    c.data.set(floats.subarray(atC / 4, atC / 4 + sources[2].length), c.offset)
  }
}

/** The part of an array that a matrix lies in. */
function extent({ data, offset, rows, columns, rowStep, columnStep }: Matrix): Float32Array {
  if (rows === 0 || columns === 0) return data.subarray(0, 0)
  return data.subarray(offset, offset + (rows - 1) * rowStep + (columns - 1) * columnStep + 1)
}
