import { expect, test } from 'vitest'
import { load } from '../../src/execute/load.ts'
import { lower } from '../../src/execute/lower.ts'
import { listOf } from '../../src/execute/program.ts'
import type { CompiledProgram, StepList } from '../../src/kernel/compiled.ts'
import { overlay } from '../../src/kernel/overlay.ts'
import { modelOf } from '../../src/model/layers.ts'
import { openReference } from '../../src/reference/device.ts'
import { tensor, type Tensor } from '../../src/tensor/tensor.ts'
import { GraphBuilder } from '../model/graphs.ts'

const NORMALIZER = { offset: Float32Array.of(0), scale: Float32Array.of(1) }
const X = tensor('float32', [1, 3], Float32Array.of(1, 2, 3))

/** A program whose steps take as many ns as they are, or `whole` together, on a device that compiles. */
class Compiled implements CompiledProgram {
  readonly parts = []
  readonly activationBytes = 0
  readonly compilation: string
  readonly list: StepList
  readonly constantBytes: number
  readonly wrote: number[] = []
  released = false

  constructor(list: StepList, compilation: string, constantBytes: number) {
    this.list = list
    this.compilation = compilation
    this.constantBytes = constantBytes
  }

  async write(index: number): Promise<void> {
    this.wrote.push(index)
  }

  async submit(): Promise<void> {}

  async read(): Promise<Tensor> {
    return tensor('float32', [1, 2])
  }

  async time(repeats: number): Promise<{ clock: 'wall'; ns: number[] }> {
    return { clock: 'wall', ns: Array.from({ length: repeats }, () => this.list.steps.length) }
  }

  release(): void {
    this.released = true
  }
}

function twoLayers(constantBytes: number, ways: readonly string[]) {
  const build = new GraphBuilder(5)
  build.gemm('second', build.relu('r', build.gemm('first', 'x', 4, 3)), 2, 4)
  const program = lower(
    { precision: 'fp32', model: modelOf(build.graph([3])) },
    { batch: 1, normalizer: NORMALIZER },
  )
  const made: Compiled[] = []
  const device = overlay(openReference(), {
    compilations: ({ steps }) => (steps.length === program.steps.length ? ['joined'] : ways),
    compile: async (list, way = 'default') => {
      const compiled = new Compiled(list, made.length === 0 ? 'joined' : way, constantBytes)
      made.push(compiled)
      return compiled
    },
  })
  return { program, device, made }
}

test.each([
  { ways: ['list', 'joined'], way: 'joined' },
  { ways: ['list'], way: 'default' },
])('a prefix is compiled once, $way where it can be joined by $ways', async ({ ways, way }) => {
  const { program, device, made } = twoLayers(8, ways)
  const execution = await load(program, device)
  await execution.run(X)
  const { length } = program.steps
  for (let to = 1; to <= length; to++)
    expect(await execution.time(2, { from: 0, to })).toEqual({ clock: 'wall', ns: [to, to] })
  await execution.time(1, { from: 0, to: 1 })
  // The whole program itself is the longest prefix.
  expect(made).toHaveLength(length)
  const [whole, ...parts] = made
  expect(whole.list).toEqual(listOf(program))
  for (const [i, { list, compilation, wrote }] of parts.entries()) {
    expect(list.steps).toEqual(program.steps.slice(0, i + 1))
    expect(list.read).toEqual([program.steps[i].output])
    expect([wrote, compilation]).toEqual([program.inputs, way])
  }
  await execution.dispose()
  expect(made.every(({ released }) => released)).toBe(true)
})

test('prefixes of a program with many constants run step by step, as other spans do', async () => {
  const { program, device, made } = twoLayers(2 ** 30, [])
  const execution = await load(program, device)
  for (const span of [
    { from: 0, to: 1 },
    { from: 1, to: 2 },
  ])
    expect((await execution.time(1, span)).ns).toHaveLength(1)
  expect(made).toHaveLength(1)
  expect(program.steps.length).toBeGreaterThan(2)
  await execution.dispose()
})
