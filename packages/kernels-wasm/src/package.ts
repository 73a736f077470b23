import {
  CONTRACT,
  FUSED,
  type DeviceInfo,
  type Check,
  type Host,
  type KernelDevice,
  type KernelPackage,
  type Unavailable,
} from '@octet/core'
import { WasmDevice } from './device.ts'
import { compile, type Compiled, fuses } from './open/compile.ts'
import { choices, startTeam } from './open/start.ts'

/** Kernels on the CPU: on all cores, and on one core. */
export const wasmPackage: KernelPackage = {
  id: 'wasm',
  contract: CONTRACT,
  open,
  adapters,
  diagnose,
}

/** A mode in which the kernels run on this machine. */
interface Way {
  readonly threads: number
  readonly fused: boolean
  readonly info: DeviceInfo
}

/** The modes, best first. Modes with fused floats come last, because a user has to request them. */
async function ways(host: Host): Promise<readonly Way[]> {
  const { relaxed } = await compile({ shared: false, fused: false })
  const known = await choices(host)
  return [false, ...((await fuses()) ? [true] : [])].flatMap((fused) =>
    known.map((threads) => ({
      threads,
      fused,
      info: describe({ threads, fused }, known.length === 1, relaxed),
    })),
  )
}

async function adapters(host: Host): Promise<readonly DeviceInfo[]> {
  return (await ways(host)).map(({ info }) => info)
}

async function open(host: Host): Promise<KernelDevice | Unavailable> {
  const all = await ways(host)
  const way =
    all.find(({ info }) => info.id === host.adapter) ?? all.find((one) => isMeant(host.adapter, one))
  if (way === undefined)
    return {
      unavailable: `there is no adapter "${host.adapter}": kernels in WebAssembly run on the CPU`,
      mend: `take --adapter ${all.map(({ info }) => info.id).join(', ')}, software or auto`,
    }
  const { threads, fused, info } = way
  const compiled = await compile({ shared: threads > 1, fused })
  const { relaxed } = compiled
  return new WasmDevice({ info, ...(await startTeam(host, threads, compiled)), ...(relaxed && { relaxed }) })
}

function isMeant(wanted: string, { info: { id, name } }: Way): boolean {
  if (wanted === 'auto' || wanted === 'software') return true
  if (wanted === 'hardware') return false
  return [id, name].some((text) => text.toLowerCase().includes(wanted.toLowerCase()))
}

function describe(
  { threads, fused }: Pick<Way, 'threads' | 'fused'>,
  only: boolean,
  relaxed: Compiled['relaxed'],
): DeviceInfo {
  return {
    id: `${threads > 1 || only ? 'wasm' : 'wasm-1-thread'}${fused ? '-fused' : ''}`,
    name: `WebAssembly SIMD, ${threads} thread${threads === 1 ? '' : 's'}${fused ? ', fused multiply-add' : ''}`,
    vendor: 'octet',
    architecture: 'wasm32',
    backend: 'cpu',
    driver: '',
    software: true,
    features: ['simd128', ...(relaxed ? [`relaxed dot product, ${relaxed}`] : []), `threads: ${threads}`],
    modes: {
      fp32: fused
        ? `${FUSED}f32x4.relaxed_madd, a product and its sum rounded once`
        : 'f32x4, products and sums rounded each',
      fp16: `halves in storage, f32x4 arithmetic${fused ? ', fused' : ''}`,
      int8:
        `${relaxed ? `relaxed int8 dot product, ${relaxed}` : 'i32x4.dot_i16x8_s'}; ` +
        "3x3 Conv by Winograd's F(4x4, 3x3) in integers",
    },
  }
}

async function diagnose(host: Host): Promise<readonly Check[]> {
  const { relaxed } = await compile({ shared: false, fused: false })
  const [threads] = await choices(host)
  const fused = await fuses()
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
    {
      subject: 'WebAssembly fused multiply-add',
      ok: fused,
      detail: fused ? '--adapter wasm-fused times FP32 with it' : 'FP32 rounds products and sums each',
      ...(!fused && { mend: 'Node >= 22 or a current browser on a CPU with FMA instructions has it' }),
    },
  ]
}
