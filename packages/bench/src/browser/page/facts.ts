/** The facts that a page can read about its machine. Browsers round and cap them. */
export interface Facts {
  readonly cores: number
  /** Memory in GiB. Absent if the browser does not report it. */
  readonly memoryGib?: number
  /** The processor's architecture, and the device's model if the browser reports it. */
  readonly cpu: string
  readonly os: string
  /** Whether threads may share memory. */
  readonly isolated: boolean
}

interface Details {
  readonly architecture?: string
  readonly bitness?: string
  readonly model?: string
  readonly platform?: string
  readonly platformVersion?: string
}

declare const navigator: {
  readonly hardwareConcurrency: number
  readonly deviceMemory?: number
  readonly userAgentData?: { getHighEntropyValues(hints: readonly string[]): Promise<Details> }
}
declare const crossOriginIsolated: boolean

const HINTS = ['architecture', 'bitness', 'model', 'platform', 'platformVersion'] as const

export async function facts(): Promise<Facts> {
  const { hardwareConcurrency: cores, deviceMemory, userAgentData } = navigator
  const details = (await userAgentData?.getHighEntropyValues(HINTS)) ?? {}
  const { architecture, bitness, model, platform, platformVersion } = details
  return {
    cores,
    ...(deviceMemory !== undefined && { memoryGib: deviceMemory }),
    cpu: inWords(architecture, bitness && `${bitness} bit`, model),
    os: inWords(platform, platformVersion),
    isolated: crossOriginIsolated,
  }
}

function inWords(...parts: readonly (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined && part !== '').join(' ') || 'unknown'
}
