import { copiesWithin, timed } from '@octet/core/statistics'
import { openJax } from './library/jax.ts'
import type { OpenLibrary, PeerLibrary, PeerModel, PeerOp } from './library/library.ts'
import { openOrtCpu, openOrtWebGpu } from './library/onnxruntime.ts'
import { openTfjs } from './library/tfjs.ts'
import type { Answers, PeerAdapter, PeerFormat, PeerWork } from './protocol.ts'

const LIBRARIES: Readonly<Record<string, OpenLibrary>> = {
  'tfjs-backend-webgpu': openTfjs,
  'jax-js': openJax,
  'onnxruntime-webgpu': openOrtWebGpu,
  'onnxruntime-cpu': openOrtCpu,
}

/** A peer's library with the ops and models that it prepared for the parent. */
export class HeldLibrary {
  readonly #library: PeerLibrary
  readonly #ops = new Map<number, { readonly op: PeerOp; copies: number }>()
  readonly #models = new Map<number, { readonly model: PeerModel; readonly input: Float32Array }>()
  #made = 0

  private constructor(library: PeerLibrary) {
    this.#library = library
  }

  static async open(id: string, adapter: PeerAdapter): Promise<HeldLibrary> {
    return new HeldLibrary(await LIBRARIES[id](adapter))
  }

  get where(): string {
    return this.#library.where
  }

  async prepare(work: PeerWork, format: PeerFormat): Promise<Answers['prepare']> {
    const op = await this.#library.prepare(work, format)
    const output = await op.output()
    this.#ops.set(++this.#made, { op, copies: 1 })
    return { op: this.#made, output }
  }

  /** Sets the number of copies that take about `regionNs`, and returns the expected time of a turn. */
  async fill(id: number, regionNs: number): Promise<number> {
    const held = this.#held(id)
    const { op } = held
    let one = 0
    const { copies, ns } = await copiesWithin(regionNs, async (count) => {
      if (count === 1) return (one = await op.time(1))
      await op.time(count)
      return op.time(count)
    })
    held.copies = copies
    return op.transfers && copies > 1 ? ns + one : ns
  }

  /** Wall ns of one copy. */
  async time(id: number): Promise<number> {
    const { op, copies } = this.#held(id)
    const ns = await op.time(copies)
    if (copies === 1 || !op.transfers) return ns / copies
    return Math.max(0, ns - (await op.time(1))) / (copies - 1)
  }

  async free(id: number): Promise<void> {
    await this.#held(id).op.free()
    this.#ops.delete(id)
  }

  async load(model: Uint8Array, input: Float32Array, shape: readonly number[]): Promise<Answers['load']> {
    const loaded = await this.#library.load?.(model, shape)
    if (loaded === undefined) throw new Error('it runs no whole models')
    this.#models.set(++this.#made, { model: loaded, input })
    return { model: this.#made, output: await loaded.run(input) }
  }

  /** Wall ns of each inference. */
  async run(id: number, repeats: number): Promise<number[]> {
    const held = this.#models.get(id)
    if (held === undefined) throw new Error(`there is no model ${id}`)
    return timed(repeats, () => held.model.run(held.input))
  }

  #held(id: number): { readonly op: PeerOp; copies: number } {
    const held = this.#ops.get(id)
    if (held === undefined) throw new Error(`there is no op ${id}`)
    return held
  }
}
