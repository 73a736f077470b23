import type { Features } from './features.ts'

/**
 * What shaders are written for: what is used of an adapter, its sizes, and which adapter it is, so that defaults suit
 * it.
 */
export interface Target extends Features {
  /** The adapter's id, e.g. `lavapipe`. */
  readonly id: string
  /** True when the arithmetic runs on the CPU. */
  readonly software: boolean
  /** WGSL `subgroups` and the sizes a subgroup may have. A shader may count on a size only where both are equal. */
  readonly subgroups: { readonly min: number; readonly max: number } | undefined
  /** The component types of subgroup matrices; empty where there are none. */
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

/** Limits of the adapter, which devices are opened with. */
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

/** The size that every subgroup has here, or undefined where sizes vary or there are no subgroups. */
export function subgroupSize({ subgroups }: Target): number | undefined {
  return subgroups !== undefined && subgroups.min === subgroups.max ? subgroups.min : undefined
}
