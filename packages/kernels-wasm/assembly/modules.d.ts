/**
 * The kernels as WebAssembly modules in base64, made by assembly/build.mjs; `shared` ones take memory that threads
 * share.
 */
export const simd: string
export const sharedSimd: string
export const relaxed: string
export const sharedRelaxed: string
export const fused: string
export const sharedFused: string
