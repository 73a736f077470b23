import {
  CONTRACT,
  type DeviceInfo,
  type Check,
  type Host,
  type KernelDevice,
  type KernelPackage,
  type Unavailable,
} from '@octet/core'
import { WasmDevice } from './device.ts'
import { Heap } from './memory/heap.ts'
import { compile, type Compiled } from './open/compile.ts'
import { instantiate } from './open/instantiate.ts'
import { Team } from './open/team.ts'
import type { Stop } from './threads/node.ts'
import { HEAP_START } from './threads/words.ts'

const PAGE = 65536
/** More threads than this would wait for each other more than they compute, in models this small. */
const MOST_THREADS = 8

/** Kernels on the CPU: on all cores, and on one. */
export const wasmPackage: KernelPackage = {
  id: 'wasm',
  contract: CONTRACT,
  open,
  adapters,
  diagnose,
}

async function threadsOf({ runtime }: Host): Promise<typeof import('./threads/node.ts')> {
  return runtime === 'node' ? import('./threads/node.ts') : import('./threads/web.ts')
}

/** Numbers of threads that a device can have here, the fastest first. */
async function choices(host: Host): Promise<readonly number[]> {
  const cores = Math.max(1, Math.min(MOST_THREADS, (await threadsOf(host)).cores()))
  return cores > 1 ? [cores, 1] : [1]
}

async function adapters(host: Host): Promise<readonly DeviceInfo[]> {
  const { relaxed } = await compile(false)
  const known = await choices(host)
  return known.map((threads) => describe(threads, known.length === 1, relaxed))
}

async function open(host: Host): Promise<KernelDevice | Unavailable> {
  const all = await choices(host)
  const { relaxed } = await compile(false)
  const fitting = all.filter((threads) => isMeant(host.adapter, describe(threads, all.length === 1, relaxed)))
  if (fitting.length === 0)
    return {
      unavailable: `there is no adapter "${host.adapter}": kernels in WebAssembly run on the CPU`,
      mend: 'take --adapter wasm, wasm-1-thread, software or auto',
    }
  const [threads] = fitting
  const shared = threads > 1
  const compiled = shared ? await compile(true) : await compile(false)
  return makeDevice(host, threads, describe(threads, all.length === 1, compiled.relaxed), compiled)
}

/** An exact id first, so that `wasm` does not stand for `wasm-1-thread`. */
function isMeant(wanted: string, { id, name }: DeviceInfo): boolean {
  if (wanted === 'auto' || wanted === 'software') return true
  if (wanted === 'hardware') return false
  return id === wanted || [id, name].some((text) => text.toLowerCase().includes(wanted.toLowerCase()))
}

async function makeDevice(
  host: Host,
  threads: number,
  info: DeviceInfo,
  { modules, relaxed }: Compiled,
): Promise<KernelDevice> {
  const initial = 2 * Math.ceil(HEAP_START / PAGE) + 14
  const memory = new WebAssembly.Memory(
    threads > 1 ? { initial, maximum: 65536, shared: true } : { initial, maximum: 65536 },
  )
  const { kernels, index } = instantiate(modules, memory)
  const { startThread } = await threadsOf(host)
  const stops: Stop[] = []
  for (let thread = 1; thread < threads; thread++) stops.push(await startThread({ memory, modules, thread }))
  return new WasmDevice({
    info,
    heap: new Heap(memory, HEAP_START),
    team: new Team(memory, kernels, stops),
    index,
    ...(relaxed && { relaxed }),
  })
}

function describe(threads: number, only: boolean, relaxed: Compiled['relaxed']): DeviceInfo {
  return {
    id: threads > 1 || only ? 'wasm' : 'wasm-1-thread',
    name: `WebAssembly SIMD, ${threads} thread${threads === 1 ? '' : 's'}`,
    vendor: 'octet',
    architecture: 'wasm32',
    backend: 'cpu',
    driver: '',
    software: true,
    features: ['simd128', ...(relaxed ? [`relaxed dot product, ${relaxed}`] : []), `threads: ${threads}`],
    modes: {
      fp32: 'f32x4, products and sums rounded each',
      fp16: 'halves in storage, f32x4 arithmetic',
      int8:
        `${relaxed ? `relaxed int8 dot product, ${relaxed}` : 'i32x4.dot_i16x8_s'}; ` +
        "3x3 Conv by Winograd's F(4x4, 3x3) in integers",
    },
  }
}

async function diagnose(host: Host): Promise<readonly Check[]> {
  const { relaxed } = await compile(false)
  const [threads] = await choices(host)
  return [
    {
      subject: 'WebAssembly threads',
      ok: threads > 1,
      detail: threads > 1 ? `${threads} threads` : 'one thread',
      ...(threads === 1 && {
        mend: 'several cores are needed, and in browsers a page that is cross-origin isolated',
      }),
    },
    {
      subject: 'WebAssembly relaxed SIMD',
      ok: relaxed !== undefined,
      detail: relaxed
        ? `int8 dot products are exact, ${relaxed}`
        : 'no exact int8 dot product: int16 ones are used',
      ...(relaxed === undefined && {
        mend: 'Node >= 24 or a current browser on a CPU with VNNI or dot-product instructions has it',
      }),
    },
  ]
}
