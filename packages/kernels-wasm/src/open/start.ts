import type { Host } from '@octet/core'
import { Heap } from '../memory/heap.ts'
import type { Stop } from '../threads/node.ts'
import { HEAP_START } from '../threads/words.ts'
import type { Compiled } from './compile.ts'
import { instantiate } from './instantiate.ts'
import { Team } from './team.ts'

const PAGE = 65536
/** In such small models, more threads than this would wait for each other longer than they compute. */
const MOST_THREADS = 8

async function threadsOf({ runtime }: Host): Promise<typeof import('../threads/node.ts')> {
  return runtime === 'node' ? import('../threads/node.ts') : import('../threads/web.ts')
}

/** The possible numbers of threads of a device on this machine, the fastest first. */
export async function choices(host: Host): Promise<readonly number[]> {
  const cores = Math.max(1, Math.min(MOST_THREADS, (await threadsOf(host)).cores()))
  return cores > 1 ? [cores, 1] : [1]
}

/** Threads over one memory. */
export interface Started {
  readonly heap: Heap
  readonly team: Team
  /** Numbers of the kernels by name. */
  readonly index: ReadonlyMap<string, number>
}

/** Starts threads. The modules for several threads are compiled for shared memory. */
export async function startTeam(host: Host, threads: number, { modules }: Compiled): Promise<Started> {
  const initial = 2 * Math.ceil(HEAP_START / PAGE) + 14
  const memory = new WebAssembly.Memory(
    threads > 1 ? { initial, maximum: 65536, shared: true } : { initial, maximum: 65536 },
  )
  const { kernels, index } = instantiate(modules, memory)
  const { startThread } = await threadsOf(host)
  const stops: Stop[] = []
  for (let thread = 1; thread < threads; thread++) stops.push(await startThread({ memory, modules, thread }))
  return { heap: new Heap(memory, HEAP_START), team: new Team(memory, kernels, stops), index }
}
