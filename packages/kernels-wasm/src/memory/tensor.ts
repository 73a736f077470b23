import { type DataOf, type DeviceTensor, type DType, OctetError, type TensorSpec } from '@octet/core'
import { type Layout, layoutOf } from './layout.ts'

/** A tensor in a heap's memory. */
export class HeapTensor implements DeviceTensor {
  readonly spec: TensorSpec
  readonly capacity: number
  readonly address: number
  readonly layout: Layout
  #elements: DataOf[DType] | undefined

  constructor(spec: TensorSpec, capacity: number, address: number) {
    this.spec = spec
    this.capacity = capacity
    this.address = address
    this.layout = layoutOf(spec.shape)
  }

  /** Its elements in their stored form. */
  elements(memory: WebAssembly.Memory): DataOf[DType] {
    // Memory that is not shared gets a new buffer when it grows, and views of the old buffer become empty.
    if (this.#elements === undefined || this.#elements.length === 0) this.#elements = this.#view(memory)
    return this.#elements
  }

  #view({ buffer }: WebAssembly.Memory): DataOf[DType] {
    const { address } = this
    const { count } = this.layout
    switch (this.spec.dtype) {
      case 'float32':
        return new Float32Array(buffer, address, count)
      case 'float16':
        return new Uint16Array(buffer, address, count)
      case 'int8':
        return new Int8Array(buffer, address, count)
      default:
        throw new OctetError(`${this.spec.dtype} tensors are not supported`)
    }
  }
}
