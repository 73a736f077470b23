import { instantiate, type Modules } from '../open/instantiate.ts'
import { ACTIVE, GENERATION, OPEN, SLEEPING } from './words.ts'
import { takeTiles } from './work.ts'

/** The start data of a thread. */
export interface Assignment {
  readonly memory: WebAssembly.Memory
  readonly modules: Modules
  /** 1 and up; 0 is the thread that opened the device. */
  readonly thread: number
}

/** Runs follow each other closely or not at all: a thread looks for the next one this long before it sleeps. */
const SPINS = 20_000

/** Serves runs, for ever: the thread is terminated from outside. `ready` is called before it first waits. */
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
    // A run that is over may already be giving way to the next one's words.
    if (Atomics.load(words, OPEN) === generation) takeTiles(words, kernels, thread)
    Atomics.sub(words, ACTIVE, 1)
  }
}
