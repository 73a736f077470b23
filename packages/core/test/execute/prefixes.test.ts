import { expect, test } from 'vitest'
import { load } from '../../src/execute/load.ts'
import { lower } from '../../src/execute/lower.ts'
import type { CompiledProgram, StepList } from '../../src/kernel/compiled.ts'
import { overlay } from '../../src/kernel/overlay.ts'
import { modelOf } from '../../src/model/layers.ts'
import { openReference } from '../../src/reference/device.ts'
import { tensor, type Tensor } from '../../src/tensor/tensor.ts'
import { GraphBuilder } from '../model/graphs.ts'

const NORMALIZER = { offset: Float32Array.of(0), scale: Float32Array.of(1) }
const X = tensor('float32', [1, 3], Float32Array.of(1, 2, 3))

/** A program whose steps take as many ns as they are, on a device that compiles. */
class Compiled implements CompiledProgram {
  readonly parts = []
  readonly activationBytes = 0
  readonly constantBytes = 8
  readonly compilation = 'joined'
  readonly #steps: number

  constructor(list: StepList) {
    this.#steps = list.steps.length
  }

  async write(): Promise<void> {}

  async submit(): Promise<void> {}

  async read(): Promise<Tensor> {
    return tensor('float32', [1, 2])
  }

  async time(repeats: number, steps = this.#steps): Promise<{ clock: 'wall'; ns: number[] }> {
    return { clock: 'wall', ns: Array.from({ length: repeats }, () => steps) }
  }

  release(): void {}
}

test('a prefix is timed by the compiled program itself, and any other span step by step', async () => {
  const build = new GraphBuilder(5)
  build.gemm('second', build.relu('r', build.gemm('first', 'x', 4, 3)), 2, 4)
  const program = lower(
    { precision: 'fp32', model: modelOf(build.graph([3])) },
    { batch: 1, normalizer: NORMALIZER },
  )
  let compiled = 0
  const device = overlay(openReference(), {
    compile: async (list) => {
      compiled++
      return new Compiled(list)
    },
  })
  const execution = await load(program, device)
  await execution.run(X)
  const { length } = program.steps
  expect(length).toBeGreaterThan(2)
  for (let to = 1; to <= length; to++)
    expect(await execution.time(2, { from: 0, to })).toEqual({ clock: 'wall', ns: [to, to] })
  expect((await execution.time(3)).ns).toEqual([length, length, length])
  expect((await execution.time(1, { from: 1, to: 2 })).ns).toHaveLength(1)
  expect(compiled).toBe(1)
  await execution.dispose()
})
