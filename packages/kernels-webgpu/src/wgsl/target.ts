import type { Features } from './features.ts'

/** The target of shaders: the features in use of an adapter, its sizes, and its identity, so that defaults suit it. */
export interface Target extends Features {
  /** The adapter's id, e.g. `lavapipe`. */
  readonly id: string
  /** True if the arithmetic runs on the CPU. */
  readonly software: boolean
  /** WGSL `subgroups` and the possible sizes of a subgroup. A shader may rely on a size only if both are equal. */
  readonly subgroups: { readonly min: number; readonly max: number } | undefined
  /** The component types of subgroup matrices. Empty if there are none. */
  readonly matrices: readonly MatrixConfig[]
  readonly limits: Limits
}

/** One kind of subgroup matrix product: [M,K] x [K,N] components into [M,N] results. */
export interface MatrixConfig {
  readonly component: 'f32' | 'f16' | 'u8' | 'i8'
  readonly result: 'f32' | 'f16' | 'u32' | 'i32'
  readonly M: number
  readonly N: number
  readonly K: number
}

/** Limits of the adapter. Devices are opened with them. */
export interface Limits {
  /** Bytes of `var<workgroup>` in all. */
  readonly workgroupStorage: number
  /** Invocations of one workgroup. */
  readonly invocations: number
  /** Bytes of one storage binding. */
  readonly storageBinding: number
}

/** The limits that WebGPU guarantees for every adapter. */
export const LEAST_LIMITS: Limits = {
  workgroupStorage: 16_384,
  invocations: 256,
  storageBinding: 134_217_728,
}

/** The size of every subgroup on this target. Undefined if sizes vary or if there are no subgroups. */
export function subgroupSize({ subgroups }: Target): number | undefined {
  return subgroups !== undefined && subgroups.min === subgroups.max ? subgroups.min : undefined
}
