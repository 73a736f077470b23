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
import { compile, type Compiled } from './open/compile.ts'
import { choices, startTeam } from './open/start.ts'

/** Kernels on the CPU: on all cores, and on one. */
export const wasmPackage: KernelPackage = {
  id: 'wasm',
  contract: CONTRACT,
  open,
  adapters,
  diagnose,
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
  compiled: Compiled,
): Promise<KernelDevice> {
  const { relaxed } = compiled
  return new WasmDevice({ info, ...(await startTeam(host, threads, compiled)), ...(relaxed && { relaxed }) })
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
