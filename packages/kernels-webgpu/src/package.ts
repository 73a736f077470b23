import {
  CONTRACT,
  type DeviceInfo,
  type Check,
  type Host,
  type KernelPackage,
  type Unavailable,
} from '@octet/core'
import { UNHEARD } from './cache/warn.ts'
import { WebGpuDevice } from './device/device.ts'
import type { Means } from './device/plans.ts'
import { browserChecks, browserSources } from './open/browser.ts'
import { byPreference, choose } from './open/choose.ts'
import { describeAll, OPTIONAL_FEATURES, type Candidate } from './open/source.ts'
import { matrixChecks, trustOf } from './matrices/trust.ts'
import { recollect } from './tune/memory.ts'
import type { MatrixConfig, Target } from './wgsl/target.ts'

/** Every opened device. Dawn's objects must stay referenced as long as the process lives. */
const opened: unknown[] = []

/**
 * The package of WGSL kernels.
 *
 * @param overrides Replaces the adapter features that the package would choose: for tests of the fallbacks.
 * @param trusted Subgroup matrices to use whatever is known about them: for the process that tries them.
 *
 * In Node, programs that open a device should end with `process.exit`, because Dawn's own shutdown is not reliable.
 */
export function webgpuPackage(
  overrides: Partial<Target> = {},
  trusted?: (config: MatrixConfig) => boolean,
): KernelPackage {
  const candidates = async (host: Host): Promise<readonly Candidate[] | Unavailable> => {
    const sources = await sourcesOf(host)
    return 'unavailable' in sources ? sources : byPreference(describeAll(sources, overrides))
  }
  return {
    id: 'webgpu',
    contract: CONTRACT,

    async open(host) {
      const found = await candidates(host)
      if ('unavailable' in found) return found
      const chosen = choose(found, host.adapter)
      return 'unavailable' in chosen ? chosen : openDevice(chosen, host, trusted)
    },

    async adapters(host): Promise<readonly DeviceInfo[]> {
      const found = await candidates(host)
      return 'unavailable' in found ? [] : found.map(({ info }) => info)
    },

    async diagnose(host): Promise<readonly Check[]> {
      const found = await candidates(host)
      const platform = host.runtime === 'browser' ? browserChecks() : await nodeChecks(host)
      if ('unavailable' in found)
        return [
          ...platform,
          { subject: 'WebGPU adapters', ok: false, detail: found.unavailable, mend: found.mend },
        ]
      const tried =
        host.runtime === 'browser' ? [] : await Promise.all(found.map((one) => matrixChecks(one, host)))
      return [...platform, ...found.map(checkOf), ...tried.flat()]
    },
  }
}

async function sourcesOf(host: Host) {
  if (host.runtime === 'browser') return browserSources()
  const { discover } = await import('./open/node/discover.ts')
  const { sources, notices } = await discover()
  for (const notice of notices) host.warn?.(notice)
  return sources
}

async function nodeChecks({ warn = UNHEARD }: Host): Promise<readonly Check[]> {
  const { discover } = await import('./open/node/discover.ts')
  const { describeTuning } = await import('./tune/node/store.ts')
  const tuning = { subject: 'kernel tuning', ok: true, detail: await describeTuning(warn) }
  return [...(await discover()).checks, tuning]
}

function checkOf({ info }: Candidate): Check {
  const has = OPTIONAL_FEATURES.map((name) => `${name} ${info.features.includes(name) ? 'yes' : 'no'}`)
  const kind = info.software ? 'software' : 'hardware'
  return {
    subject: `adapter ${info.id}`,
    ok: true,
    detail:
      `${info.name}, ${kind} on ${info.backend}; ${has.join(', ')}; ` +
      `subgroup size ${info.modes['subgroupSize'] ?? 'none'}`,
  }
}

/** Limits that are requested at the adapter's maximum. The others stay as WebGPU guarantees them. */
const RAISED_LIMITS = [
  'maxBufferSize',
  'maxStorageBufferBindingSize',
  'maxComputeWorkgroupStorageSize',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupSizeX',
  'maxStorageBuffersPerShaderStage',
] as const

async function openDevice(
  candidate: Candidate,
  host: Host,
  trusted: ((config: MatrixConfig) => boolean) | undefined,
): Promise<WebGpuDevice | Unavailable> {
  const { source, info, offered } = candidate
  const adapter = await source.request()
  try {
    const device = await adapter.requestDevice({
      label: info.id,
      requiredFeatures: info.features.filter((name) => adapter.features.has(name)) as GPUFeatureName[],
      requiredLimits: Object.fromEntries(RAISED_LIMITS.map((name) => [name, adapter.limits[name]])),
    })
    opened.push(adapter, device)
    const means = async (matrices: readonly MatrixConfig[]): Promise<Means> => {
      const target = { ...candidate.target, matrices }
      return { target, memory: await recollect(info, target, host) }
    }
    const { matrices, tryOthers } =
      trusted === undefined ? await trustOf(candidate, host) : { matrices: offered.filter(trusted) }
    const { target, memory } = await means(matrices)
    const extend = tryOthers && (async () => means(await tryOthers()))
    return new WebGpuDevice(device, info, target, source.wait, {
      memory,
      extend,
      warn: host.warn,
    })
  } catch (error) {
    return {
      unavailable: `the adapter ${info.id} (${info.name}) does not open: ${String(error).split('\n', 1)[0]}`,
      mend: 'Try another with --adapter, or update its driver.',
    }
  }
}
