import { OctetError } from '@octet/core'
import { infoOf, isSoftware, type Source, type Wait } from '../source.ts'
import { quietly } from './quiet.ts'
import { waitQuietly } from './wait.ts'

export type Dawn = typeof import('webgpu')

/** Everything Dawn made. Letting it be collected hangs or crashes the process at exit, so none of it ever is. */
const kept: unknown[] = []

/** Keeps a Dawn object referenced until the process ends. */
function keep<T>(made: T): T {
  kept.push(made)
  return made
}

/** Loads Dawn's binding and defines WebGPU's globals (GPUBufferUsage and its like). Rejects where it does not load. */
export async function loadDawn(): Promise<Dawn> {
  const dawn = await import('webgpu')
  for (const [name, value] of Object.entries(dawn.globals))
    if (!(name in globalThis))
      Object.defineProperty(globalThis, name, { value, configurable: true, writable: true })
  return dawn
}

/**
 * Dawn rounds timestamps to 65 µs, for privacy in browsers, unless a toggle forbids it; it has subgroup matrices only
 * among its unsafe APIs, which are those that a browser must not offer yet; and it hides f16 on NVIDIA. None of it
 * changes an adapter that lacks them.
 */
const FLAGS = [
  'disable-dawn-features=timestamp_quantization',
  'enable-dawn-features=allow_unsafe_apis,vulkan_enable_f16_on_nvidia',
]
/** One backend a platform, or the same GPU would be listed once for each. */
const BACKENDS: Partial<Record<NodeJS.Platform, string>> = {
  linux: 'vulkan',
  darwin: 'metal',
  win32: 'd3d12',
}

/** Runs a function with some Vulkan drivers visible, or as things are. */
export type Scope = <T>(work: () => T) => T

/** The adapters Dawn sees in a scope. */
export async function dawnSources(dawn: Dawn, scope: Scope): Promise<Source[]> {
  const sources: Source[] = []
  for (const { backend, name } of await listAdapters(dawn, scope)) {
    const gpu = keep(dawn.create([...FLAGS, `backend=${backend}`, `adapter=${name}`]))
    const fresh = async () => keep(await scope(() => quietly(() => gpu.requestAdapter())))
    let unopened = await fresh()
    if (unopened === null) continue
    const { features, limits } = unopened
    const info = infoOf(unopened)
    const request = async () => {
      const adapter = unopened ?? (await fresh())
      unopened = null
      if (adapter === null) throw new OctetError(`the adapter ${name} is gone`)
      return adapter
    }
    // A GPU computes by itself: there Dawn's own polling is the fastest way to hear of its end.
    const wait: Wait = isSoftware(info) ? waitQuietly : (done) => done
    sources.push({ gpu, info, features, limits, backend, name, request, wait })
  }
  return sources
}

/** Dawn's binding has no call that lists adapters, but refuses a name that none has by naming those there are. */
async function listAdapters({ create }: Dawn, scope: Scope): Promise<{ backend: string; name: string }[]> {
  const gpu = keep(create([`backend=${BACKENDS[process.platform] ?? 'vulkan'}`, 'adapter=(none)']))
  try {
    await scope(() => quietly(() => gpu.requestAdapter()))
    return []
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error)
    const listed = [...text.matchAll(/^ \* backend: '([^']*)', name: '(.*)'$/gm)]
    return listed.map(([, backend, name]) => ({ backend, name }))
  }
}
