import { OctetError } from '@octet/core'

/** The number of storage buffers that a shader reads before its output and after its scalars. */
interface Bindings {
  readonly inputs: number
  readonly tables: number
}

/** The types of what the shader of one op binds: its inputs, its output, its scalars and its tables, in this order. */
export function bindingsOf({ inputs, tables }: Bindings): readonly GPUBufferBindingType[] {
  return [
    ...Array.from({ length: inputs }, () => 'read-only-storage' as const),
    'storage',
    'uniform',
    ...Array.from({ length: tables }, () => 'read-only-storage' as const),
  ]
}

/** Compiled shaders by their text. Ops that differ only in numbers share a shader. */
export class Pipelines {
  readonly #device: GPUDevice
  readonly #compiled = new Map<string, Promise<GPUComputePipeline>>()
  readonly #layouts = new Map<string, GPUBindGroupLayout>()

  constructor(device: GPUDevice) {
    this.#device = device
  }

  /**
   * The pipeline of a shader that binds buffers of these types.
   * @throws OctetError that names `what`, if the shader does not compile.
   */
  get(code: string, types: readonly GPUBufferBindingType[], what: string): Promise<GPUComputePipeline> {
    const known = this.#compiled.get(code)
    if (known !== undefined) return known
    const compiling = this.#compile(code, this.#layout(types), what)
    this.#compiled.set(code, compiling)
    compiling.catch(() => this.#compiled.delete(code))
    return compiling
  }

  clear(): void {
    this.#compiled.clear()
    this.#layouts.clear()
  }

  async #compile(code: string, layout: GPUBindGroupLayout, what: string): Promise<GPUComputePipeline> {
    this.#device.pushErrorScope('validation')
    const module = this.#device.createShaderModule({ label: what, code })
    const invalid = this.#device.popErrorScope()
    try {
      return await this.#device.createComputePipelineAsync({
        label: what,
        layout: this.#device.createPipelineLayout({ bindGroupLayouts: [layout] }),
        compute: { module, entryPoint: 'main' },
      })
    } catch (error) {
      const { messages } = await module.getCompilationInfo()
      const first = messages.find(({ type }) => type === 'error')
      const detail = first ? `line ${first.lineNum}: ${first.message}` : String(error).split('\n', 1)[0]
      throw new OctetError(`the shader of ${what} does not compile: ${detail}`)
    } finally {
      await invalid
    }
  }

  #layout(types: readonly GPUBufferBindingType[]): GPUBindGroupLayout {
    const key = types.join(' ')
    const known = this.#layouts.get(key)
    if (known !== undefined) return known
    const layout = this.#device.createBindGroupLayout({
      entries: types.map((type, binding) => ({
        binding,
        visibility: GPUShaderStage.COMPUTE,
        buffer: { type },
      })),
    })
    this.#layouts.set(key, layout)
    return layout
  }
}
