import type { DeviceInfo } from '@octet/core'
import type { MatrixConfig, Target } from '../wgsl/target.ts'

/** An adapter before it is opened. */
export interface Source {
  readonly gpu: GPU
  readonly info: GPUAdapterInfo
  readonly features: GPUSupportedFeatures
  readonly limits: GPUSupportedLimits
  readonly backend: string
  /** The adapter's own name, if the platform reports it. */
  readonly name?: string
  /** Requests an adapter to open. WebGPU allows each adapter to be opened once. */
  request(): Promise<GPUAdapter>
  /** Waits for the device in the cheapest way on this platform. */
  readonly wait: Wait
}

export type Wait = <T>(done: Promise<T>) => Promise<T>

/** The features that the package can use. */
export const OPTIONAL_FEATURES = [
  'shader-f16',
  'timestamp-query',
  'packed_4x8_integer_dot_product',
  'subgroups',
  'chromium-experimental-subgroup-matrix',
] as const

/** An adapter in the contract's terms, with the features that the shader generator may use on it. */
export interface Candidate {
  readonly source: Source
  readonly info: DeviceInfo
  /** Without subgroup matrices, unless a test has added them. */
  readonly target: Target
  /** Subgroup matrices that the adapter offers. They are used only after a trial. */
  readonly offered: readonly MatrixConfig[]
}

/** For an adapter without a description, as in early implementations of WebGPU. */
const NO_INFO = {
  vendor: '',
  architecture: '',
  device: '',
  description: '',
  isFallbackAdapter: false,
} as GPUAdapterInfo

/** The description that an adapter gives of itself. */
export function infoOf({ info = NO_INFO }: { readonly info?: GPUAdapterInfo }): GPUAdapterInfo {
  return info
}

/** Adapters that offer dot4I8Packed although unpacking is faster: SwiftShader 5 takes twice as long with it. */
const EMULATES_DOT: ReadonlySet<string> = new Set(['swiftshader'])

/** Matches the names and drivers of adapters that compute on the CPU. */
export const CPU_ADAPTERS: RegExp = /swiftshader|llvmpipe|lavapipe|basic render/i

/** Describes adapters. Equal ids get a number, so that the user can select each adapter. */
export function describeAll(sources: readonly Source[], overrides: Partial<Target>): Candidate[] {
  const seen = new Map<string, number>()
  return sources.map((source) => {
    const candidate = describe(source, overrides)
    const { id } = candidate.info
    const count = (seen.get(id) ?? 0) + 1
    seen.set(id, count)
    return count === 1 ? candidate : { ...candidate, info: { ...candidate.info, id: `${id}-${count}` } }
  })
}

function describe(source: Source, overrides: Partial<Target>): Candidate {
  const { vendor, architecture, device, description } = source.info
  const { wgslLanguageFeatures: language } = source.gpu as Partial<GPU>
  const present = OPTIONAL_FEATURES.filter((name) => source.features.has(name) || language?.has(name))
  const offered = present.includes('chromium-experimental-subgroup-matrix') ? matricesOf(source.info) : []
  const told = `${architecture} ${device} ${description}`
  const id = idOf(vendor, architecture, told)
  const dot = present.includes('packed_4x8_integer_dot_product')
  const software = isSoftware(source.info)
  const { subgroupMinSize: min, subgroupMaxSize: max } = source.info
  const target: Target = {
    id,
    software,
    shaderF16: present.includes('shader-f16'),
    packedDot: dot && !EMULATES_DOT.has(id),
    timestamps: present.includes('timestamp-query'),
    subgroups:
      present.includes('subgroups') && min !== undefined && max !== undefined ? { min, max } : undefined,
    matrices: [],
    limits: {
      workgroupStorage: source.limits.maxComputeWorkgroupStorageSize,
      invocations: source.limits.maxComputeInvocationsPerWorkgroup,
      storageBinding: source.limits.maxStorageBufferBindingSize,
    },
    ...overrides,
  }
  return {
    source,
    target,
    offered,
    info: {
      id,
      name: source.name ?? ([vendor, architecture, device].filter(Boolean).join(' ') || 'unnamed adapter'),
      vendor,
      architecture,
      backend: source.backend,
      driver: description,
      software,
      features: present,
      modes: {
        fp32: 'f32',
        fp16: target.shaderF16
          ? 'native shader-f16, f32 arithmetic'
          : 'packed halves (unpack2x16float), f32 arithmetic',
        int8: target.packedDot
          ? 'dot4I8Packed'
          : `unpacked bytes, exact f32 products${dot ? ' (dot4I8Packed is emulated)' : ''}`,
        ...(target.subgroups && { subgroupSize: sizesInWords(target.subgroups) }),
        ...(offered.length > 0 && {
          subgroupMatrix: `${offered.map(matrixInWords).join(', ')}; used once tuning has tried them`,
        }),
      },
    },
  }
}

/** Whether an adapter computes on the CPU. */
export function isSoftware({
  architecture,
  device,
  description,
  isFallbackAdapter,
}: GPUAdapterInfo): boolean {
  return isFallbackAdapter || CPU_ADAPTERS.test(`${architecture} ${device} ${description}`)
}

function idOf(vendor: string, architecture: string, told: string): string {
  if (/swiftshader/i.test(told)) return 'swiftshader'
  if (/llvmpipe|lavapipe/i.test(told)) return 'lavapipe'
  const slug = `${vendor} ${architecture}`.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')
  return slug.replaceAll(/^-|-$/g, '') || 'unknown'
}

function sizesInWords({ min, max }: NonNullable<Target['subgroups']>): string {
  return min === max ? `${min}` : `${min} to ${max}`
}

function matrixInWords({ component, result, M, N, K }: MatrixConfig): string {
  return `${component} ${M}x${N}x${K} into ${result}`
}

/** In Dawn's form, which no typings have yet. */
interface MatrixInfo {
  readonly subgroupMatrixConfigs?: readonly {
    readonly componentType: MatrixConfig['component']
    readonly resultComponentType: MatrixConfig['result']
    readonly M: number
    readonly N: number
    readonly K: number
  }[]
}

function matricesOf({ subgroupMatrixConfigs = [] }: GPUAdapterInfo & MatrixInfo): MatrixConfig[] {
  return subgroupMatrixConfigs.map(({ componentType, resultComponentType, M, N, K }) => {
    return { component: componentType, result: resultComponentType, M, N, K }
  })
}
