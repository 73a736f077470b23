import { instantiate, type Modules } from '../open/instantiate.ts'
import { ACTIVE, GENERATION, OPEN, SLEEPING } from './words.ts'
import { takeTiles } from './work.ts'

/** The start data of a thread. */
export interface Assignment {
  readonly memory: WebAssembly.Memory
  readonly modules: Modules
  /** A number from 1. The thread that opened the device is 0. */
  readonly thread: number
}

/**
 * Runs follow each other closely or not at all. A thread therefore polls this long for the next run before it sleeps.
 */
const SPINS = 20_000

/** Serves runs forever. Another thread terminates this thread. `ready` is called before it first waits. */
export function serve({ memory, modules, thread }: Assignment, ready: () => void): never {
  const { kernels } = instantiate(modules, memory)
  const words = new Int32Array(memory.buffer)
  let seen = Atomics.load(words, GENERATION)
  ready()
  for (;;) {
    for (let spins = 0; spins < SPINS && Atomics.load(words, GENERATION) === seen; spins++);
    if (Atomics.load(words, GENERATION) === seen) {
      Atomics.add(words, SLEEPING, 1)
      Atomics.wait(words, GENERATION, seen)
      Atomics.sub(words, SLEEPING, 1)
    }
    const generation = Atomics.load(words, GENERATION)
    if (generation === seen) continue
    seen = generation
    Atomics.add(words, ACTIVE, 1)
    // A run that is over may already be replaced by the words of the next run.
    if (Atomics.load(words, OPEN) === generation) takeTiles(words, kernels, thread)
    Atomics.sub(words, ACTIVE, 1)
  }
}
