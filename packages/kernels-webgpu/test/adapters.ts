import { isDevice, type DeviceInfo, type Host, type KernelDevice, type KernelPackage } from '@octet/core'
import { discover } from '../src/open/node/discover.ts'
import { describeAll } from '../src/open/source.ts'
import { webgpuPackage } from '../src/package.ts'
import { LEAST_LIMITS, type Target } from '../src/wgsl/target.ts'
import { LONG } from './tier.ts'

/** Ids of every adapter that this machine reaches. */
export const adapters: readonly DeviceInfo[] = (await webgpuPackage().adapters?.(node('auto'))) ?? []

/** Settings under which a shader uses nothing that an adapter may lack. */
export const NO_FEATURES: Omit<Target, 'id' | 'software'> = {
  shaderF16: false,
  packedDot: false,
  timestamps: false,
  subgroups: undefined,
  matrices: [],
  limits: LEAST_LIMITS,
}

export function node(adapter: string): Host {
  return { runtime: 'node', adapter }
}

/** Opens an adapter that was listed. */
export async function open(id: string, kernels: KernelPackage = webgpuPackage()): Promise<KernelDevice> {
  const opened = await kernels.open(node(id))
  if (!isDevice(opened)) throw new Error(`${opened.unavailable}: ${opened.mend}`)
  return opened
}

/** What shaders are written for on an adapter with these settings. */
export async function targetOf(id: string, features: Partial<Target>): Promise<Target> {
  const { sources } = await discover()
  const described = 'unavailable' in sources ? [] : describeAll(sources, features)
  const found = described.find(({ info }) => info.id === id)
  if (found === undefined) throw new Error(`there is no adapter ${id}`)
  return found.target
}

/** What adapters have put to use. */
const withAll = adapters.map(({ id, features }) => ({
  id,
  using: features.join(', '),
  features: {
    shaderF16: features.includes('shader-f16'),
    packedDot: features.includes('packed_4x8_integer_dot_product'),
    timestamps: features.includes('timestamp-query'),
  },
}))

const withNone = adapters.map(({ id }) => ({ id, using: 'no optional feature', features: NO_FEATURES }))

/**
 * Every adapter with all that it has put to use, and with none of it: between them every path of the generator. The
 * last adapter comes first without features, so that what is compiled once is not all compiled by one driver.
 */
export const variants: readonly { id: string; using: string; features: Partial<Target> }[] = [
  ...withAll,
  ...withNone.toReversed(),
]

/**
 * Those of `variants` that a test goes through which compiles shaders of its own on each: the first tier leaves out the
 * first adapter without features, as lavapipe compiles such shaders for seconds and the last has compiled them.
 */
export const compiling: typeof variants = LONG || adapters.length === 1 ? variants : variants.slice(0, -1)
