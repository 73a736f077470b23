import { type CompiledProgram, type StepList, tensor } from '@octet/core'
import { expect, test } from 'vitest'
import { TuningMemory } from '../src/tune/memory.ts'
import { chosenWay, tuneProgram } from '../src/tune/program.ts'

const LIST: StepList = {
  tensors: [{ dtype: 'float32', shape: [1, 2] }],
  steps: [],
  written: [0],
  read: [0],
  fixed: new Map(),
}
const NAMES = ['joined', 'list', 'whole']
const BUCKET = 'program by joined, list, whole'
const DAY_MS = 86_400_000

/** Compiles programs that yield a value and take a time by their names, and counts those that are not released. */
function compiler(ns: Readonly<Record<string, number>>, values: Readonly<Record<string, number>> = {}) {
  const compiled: string[] = []
  let live = 0
  const compile = async (name: string): Promise<CompiledProgram> => {
    compiled.push(name)
    live++
    return {
      compilation: name,
      parts: [],
      constantBytes: 0,
      activationBytes: 0,
      write: async () => {},
      submit: async () => {},
      read: async () => tensor('float32', [1, 2], Float32Array.of(1, values[name] ?? 0.5)),
      time: async (repeats) => ({ clock: 'gpu', ns: Array.from({ length: repeats }, () => ns[name]) }),
      release: () => live--,
    }
  }
  return { compile, compiled, live: () => live }
}

test('the fastest way to join the steps of a program is kept, and is not measured again', async () => {
  const memory = new TuningMemory()
  const { compile, compiled, live } = compiler({ joined: 900, list: 1000, whole: 300 })
  const sought = { memory, key: 'program', names: NAMES }
  await tuneProgram(sought, LIST, compile, DAY_MS)
  expect(memory.recall(BUCKET)).toEqual({ variant: 'whole', ratio: 3 })
  expect(live()).toBe(0)
  await tuneProgram(sought, LIST, compile, DAY_MS)
  expect(compiled.length).toBe(3)
})

test('the default stays unless another way is faster by 3%', async () => {
  const memory = new TuningMemory()
  const { compile } = compiler({ joined: 1000, list: 990, whole: 1200 })
  await tuneProgram({ memory, key: 'program', names: NAMES }, LIST, compile, DAY_MS)
  expect(memory.recall(BUCKET)).toEqual({ variant: 'joined', ratio: 1 })
})

test('a way that does not compute what the ops compute one by one is left out', async () => {
  const memory = new TuningMemory()
  const { compile, live } = compiler({ joined: 900, list: 1000, whole: 300 }, { whole: 0.51, joined: NaN })
  await tuneProgram({ memory, key: 'program', names: NAMES }, LIST, compile, DAY_MS)
  expect(memory.recall(BUCKET)).toEqual({ variant: 'list', ratio: 1 })
  expect(live()).toBe(0)
})

test('a contest that runs out of time begins no further compilation, and later processes hold it again', async () => {
  const memory = new TuningMemory()
  const { compile, compiled } = compiler({ joined: 900, list: 1000, whole: 300 })
  await tuneProgram({ memory, key: 'program', names: NAMES }, LIST, compile, 1e-9)
  expect(compiled).toEqual(['list'])
  expect(memory.recall(BUCKET)?.variant).toBe('list')
  expect(memory.lasts(BUCKET)).toBe(false)
})

test('without time there is no contest, and the default stays', async () => {
  const memory = new TuningMemory()
  const { compile, compiled } = compiler({ joined: 900, list: 1000, whole: 300 })
  const sought = { memory, key: 'program', names: NAMES }
  await tuneProgram(sought, LIST, compile, 0)
  expect([compiled, chosenWay(sought)]).toEqual([[], undefined])
})

test('a choice of fewer ways stands until all have met', async () => {
  const memory = new TuningMemory()
  const { compile } = compiler({ joined: 900, list: 1000, whole: 300 })
  const all = { memory, key: 'program', names: NAMES }
  await tuneProgram({ ...all, names: ['joined', 'list'] }, LIST, compile, DAY_MS)
  expect(chosenWay(all)).toBe('joined')
  await tuneProgram(all, LIST, compile, DAY_MS)
  expect(chosenWay(all)).toBe('whole')
})

test('a way that does not compile is left out, unless it starts the ops one by one', async () => {
  const memory = new TuningMemory()
  const { compile, live } = compiler({ joined: 900, list: 1000, whole: 300 })
  const failing = (broken: string) => async (name: string) => {
    if (name === broken) throw new Error(`${name} does not compile`)
    return compile(name)
  }
  await tuneProgram({ memory, key: 'program', names: NAMES }, LIST, failing('whole'), DAY_MS)
  expect(memory.recall(BUCKET)?.variant).toBe('joined')
  await tuneProgram({ memory, key: 'other', names: NAMES }, LIST, failing('joined'), DAY_MS)
  expect(memory.recall('other by joined, list, whole')?.variant).toBe('whole')
  await expect(
    tuneProgram({ memory, key: 'third', names: NAMES }, LIST, failing('list'), DAY_MS),
  ).rejects.toThrow('list does not compile')
  expect(live()).toBe(0)
})
