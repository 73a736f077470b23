import {
  TRAINING_CONTRACT,
  type Matrix,
  type MatrixProduct,
  type TrainingPackage,
} from '@octet/core/training'
import { compile } from './open/compile.ts'
import { floatBits } from './memory/shelf.ts'
import { kernelsOver } from './train/kernels.ts'
import { openMemory } from './train/memory.ts'

const PAGE = 65536
/** Words of the task, and the sums of one tile. */
const TASK = 1024
const SUMS = 2048
const HEAP = 65536
const SLACK = 64
/** Up to this many elements, a loop copies faster than `set` starts. */
const SHORT = 256

/**
 * Training in float32 SIMD on one thread. Each product and each sum is rounded, in a fixed order, so every engine gives
 * the same bits.
 */
const wasmTraining: TrainingPackage = {
  contract: TRAINING_CONTRACT,
  open: async () => {
    const { modules } = await compile({ shared: false, fused: false })
    const [module] = modules.kernels
    return { multiply: productsBy(module), open: (elements) => openMemory(module, elements) }
  },
}

export default wasmTraining

/**
 * Products of arrays at any place. Operands are copied into the kernels' memory, and the result is copied out of it.
 */
function productsBy(module: WebAssembly.Module): MatrixProduct {
  const memory = new WebAssembly.Memory({ initial: 2, maximum: 65536 })
  const { multiplyMatrices } = kernelsOver(module, memory)
  let floats = new Float32Array(memory.buffer)
  let words = new Int32Array(memory.buffer)

  const reserve = (bytes: number): void => {
    const missing = bytes - memory.buffer.byteLength
    if (missing > 0) memory.grow(Math.ceil(missing / PAGE))
    if (floats.length > 0) return
    floats = new Float32Array(memory.buffer)
    words = new Int32Array(memory.buffer)
  }

  const copyIn = ({ data, offset }: Matrix, length: number, address: number): void => {
    const to = address / 4
    if (length <= SHORT) for (let i = 0; i < length; i++) floats[to + i] = data[offset + i]
    else if (length === data.length) floats.set(data, to)
    else floats.set(data.subarray(offset, offset + length), to)
  }
  const copyOut = ({ data, offset }: Matrix, length: number, address: number): void => {
    const from = address / 4
    if (length <= SHORT) for (let i = 0; i < length; i++) data[offset + i] = floats[from + i]
    else data.set(floats.subarray(from, from + length), offset)
  }

  return (c, a, b, { alpha, add }) => {
    const [ofA, ofB, ofC] = [extent(a), extent(b), extent(c)]
    const atA = HEAP
    const atB = behind(atA, ofA)
    const atC = behind(atB, ofB)
    const rowsRoom = behind(atC, ofC)
    const panelRoom = behind(rowsRoom, a.rows * a.columns)
    reserve(behind(panelRoom, 8 * a.columns))
    copyIn(a, ofA, atA)
    copyIn(b, ofB, atB)
    // C is copied in first, so that the values between its elements stay unchanged.
    if (add || ofC !== c.rows * c.columns) copyIn(c, ofC, atC)
    let word = TASK / 4
    words[word++] = atA
    words[word++] = a.rowStep
    words[word++] = a.columnStep
    words[word++] = atB
    words[word++] = b.rowStep
    words[word++] = b.columnStep
    words[word++] = atC
    words[word++] = c.rowStep
    words[word++] = c.columnStep
    words[word++] = a.rows
    words[word++] = a.columns
    words[word++] = b.columns
    words[word++] = floatBits(alpha)
    words[word++] = Number(add)
    words[word++] = rowsRoom
    words[word++] = panelRoom
    words[word++] = SUMS
    multiplyMatrices(TASK)
    copyOut(c, ofC, atC)
  }
}

/** The number of array elements that a matrix spans. */
function extent({ rows, columns, rowStep, columnStep }: Matrix): number {
  return rows === 0 || columns === 0 ? 0 : (rows - 1) * rowStep + (columns - 1) * columnStep + 1
}

/** The first free address after this many floats. */
function behind(address: number, length: number): number {
  return address + Math.ceil((4 * length + SLACK) / 64) * 64
}
