import { elements, fromFloat16, tensor, type CompiledProgram, type StepList, type Tensor } from '@octet/core'
import { inTurn, median, pairedRatio, Random, repeatsWithin } from '@octet/core/statistics'
import { isBetter, isHopeless } from './gain.ts'
import type { TuningMemory } from './memory.ts'

const ROUNDS = 9
/** Device time of one turn: a program is repeated until it takes about this long. */
const REGION_NS = 3e6
const MOST_REPEATS = 32

/** The way in which each op is started by itself. */
export const ALONE = 'list'

/** How far the results of floats may be apart, as a share of the largest: less than a step of int8. */
const TOLERANCE = 1e-3

/** A way to join the steps of a program, compiled. */
interface Contender {
  readonly name: string
  readonly program: CompiledProgram
  /** ns, a figure a round. */
  readonly samples: number[]
}

/** The result of a contest between the ways to join the steps of a program. */
interface Contest {
  readonly compilation: string
  /** The median of the paired ratios of the default's time to its own. */
  readonly ratio: number
  /** Whether no way was left out because the time was over. */
  readonly complete: boolean
}

/** A program whose choice is sought, and where choices are kept. */
export interface Sought {
  readonly memory: TuningMemory
  /** Tells the program from others. */
  readonly key: string
  /** The ways to join the steps, the default first. */
  readonly names: readonly string[]
}

/** The bucket of a choice. A contest in which fewer ways took part does not answer for all of them. */
function bucketOf(key: string, names: readonly string[]): string {
  return `${key} by ${names.join(', ')}`
}

/** The known choice of all ways to join a program's steps, or of the first ones. */
export function chosenWay({ memory, key, names }: Sought): string | undefined {
  for (let count = names.length; count > 0; count--) {
    const way = memory.recall(bucketOf(key, names.slice(0, count)))?.variant
    if (typeof way === 'string') return way
  }
  return undefined
}

/** Finds the fastest way to join the steps of a program, and keeps it. A known choice is not measured again. */
export async function tuneProgram(
  { memory, key, names }: Sought,
  list: StepList,
  compile: (name: string) => Promise<CompiledProgram>,
  budgetMs: number,
): Promise<void> {
  const bucket = bucketOf(key, names)
  if (names.length < 2 || budgetMs <= 0 || memory.recall(bucket) !== undefined) return
  const { compilation, ratio, complete } = await contestOf(list, names, compile, performance.now() + budgetMs)
  const learned = { [bucket]: { variant: compilation, ratio: Number(ratio.toFixed(2)) } }
  await memory.learn(learned, complete ? learned : {})
}

/**
 * Finds the fastest way to join the steps of a program. The first of `names` is the default. A way takes part if it
 * compiles before the deadline and computes what the ops compute one by one, because the ops have been compared with
 * the reference. Only a gain beyond doubt, and of 3% or more, replaces the default.
 * @throws what the device throws where the ops do not compile one by one.
 */
async function contestOf(
  list: StepList,
  names: readonly string[],
  compile: (name: string) => Promise<CompiledProgram>,
  deadline: number,
): Promise<Contest> {
  const contenders: Contender[] = []
  let complete = true
  try {
    let expected: readonly Tensor[] | undefined
    for (const name of names.toSorted((a, b) => Number(b === ALONE) - Number(a === ALONE))) {
      if (contenders.length > 0 && performance.now() >= deadline) {
        complete = false
        break
      }
      const program = await compiledOf(name, compile)
      if (program === undefined) continue
      contenders.push({ name, program, samples: [] })
      const results = await resultsOf(list, program)
      expected ??= results
      if (!results.every((one, i) => isSame(one, expected![i]))) contenders.pop()!.program.release()
    }
    const first = contenders.find(({ name }) => name === names[0]) ?? contenders[0]
    const others = contenders.filter((one) => one !== first)
    const one = median((await first.program.time(3)).ns)
    const repeats = repeatsWithin(REGION_NS, one, MOST_REPEATS)
    let running = others
    for (let round = 0; round < ROUNDS && running.length > 0; round++) {
      for (const { program, samples } of inTurn([first, ...running], round))
        samples.push(median((await program.time(repeats)).ns))
      running = running.filter(({ samples }) => !isHopeless(first.samples, samples))
    }
    let best: Contest = { compilation: first.name, ratio: 1, complete }
    for (const { name, samples } of running) {
      const gain = pairedRatio(first.samples, samples)
      if (isBetter(gain) && gain.ratio > best.ratio) best = { compilation: name, ratio: gain.ratio, complete }
    }
    return best
  } finally {
    for (const { program } of contenders) program.release()
  }
}

/** A program joined in a way; undefined where this way does not compile, though others may. */
async function compiledOf(
  name: string,
  compile: (name: string) => Promise<CompiledProgram>,
): Promise<CompiledProgram | undefined> {
  try {
    return await compile(name)
  } catch (error) {
    if (name === ALONE) throw error
    return undefined
  }
}

/** What a program makes of random inputs, the same for every way to join its steps. */
async function resultsOf({ tensors, written, read }: StepList, program: CompiledProgram): Promise<Tensor[]> {
  const random = new Random(1)
  for (const index of written) {
    const { dtype, shape } = tensors[index]
    const data = Float32Array.from({ length: elements(shape) }, () => random.uniform())
    await program.write(index, tensor(dtype as 'float32', shape, data))
  }
  await program.submit()
  const results: Tensor[] = []
  for (const index of read) results.push(await program.read(index))
  return results
}

function isSame(a: Tensor, b: Tensor): boolean {
  const [ours, expected] = [numbersOf(a), numbersOf(b)]
  let largest = 0
  for (const value of expected) largest = Math.max(largest, Math.abs(value))
  const isNear = (value: number, i: number) =>
    Object.is(value, expected[i]) || Math.abs(value - expected[i]) <= TOLERANCE * largest
  return ours.every(isNear)
}

function numbersOf({ dtype, data }: Tensor): readonly number[] {
  return Array.from<number>(dtype === 'float16' ? fromFloat16(data as Uint16Array) : data)
}
