import { create } from 'webgpu'
import type { Target } from '../src/wgsl/target.ts'

/** As Dawn tells of an NVIDIA GPU through Vulkan, with the matrix products that matter here. */
export const NVIDIA: Target = {
  id: 'nvidia',
  software: false,
  shaderF16: true,
  packedDot: true,
  timestamps: true,
  subgroups: { min: 32, max: 32 },
  matrices: [
    { component: 'f16', result: 'f16', M: 16, N: 16, K: 16 },
    { component: 'f16', result: 'f32', M: 16, N: 8, K: 16 },
    { component: 'f16', result: 'f32', M: 16, N: 16, K: 16 },
    { component: 'u8', result: 'u32', M: 16, N: 16, K: 32 },
    { component: 'i8', result: 'i32', M: 16, N: 16, K: 32 },
  ],
  limits: { workgroupStorage: 49_152, invocations: 1024, storageBinding: 2 ** 31 - 4 },
}

/** As Dawn tells of an Apple GPU through Metal: no integer matrices. */
export const APPLE: Target = {
  ...NVIDIA,
  id: 'apple',
  matrices: [
    { component: 'f32', result: 'f32', M: 8, N: 8, K: 8 },
    { component: 'f16', result: 'f16', M: 8, N: 8, K: 8 },
    { component: 'f16', result: 'f32', M: 8, N: 8, K: 8 },
  ],
  limits: { ...NVIDIA.limits, workgroupStorage: 32_768 },
}

const gpu = create(['backend=null', 'enable-dawn-features=allow_unsafe_apis'])
const adapter = await gpu.requestAdapter()
const device = await adapter?.requestDevice({
  requiredFeatures: ['shader-f16', 'subgroups', 'chromium-experimental-subgroup-matrix'] as GPUFeatureName[],
  requiredLimits: {
    maxComputeWorkgroupStorageSize: adapter.limits.maxComputeWorkgroupStorageSize,
    maxComputeInvocationsPerWorkgroup: adapter.limits.maxComputeInvocationsPerWorkgroup,
    maxComputeWorkgroupSizeX: adapter.limits.maxComputeWorkgroupSizeX,
  },
})
/** Dawn's objects must stay referenced while the process lives. */
Object.defineProperty(globalThis, Symbol('null device'), { value: [gpu, adapter, device] })

/**
 * What Dawn has to say against a shader: it validates WGSL and pipelines for any feature, and its null backend runs
 * nothing. Deprecations count; that the null device has less workgroup memory than a GPU does not.
 */
export async function faultsOf(code: string): Promise<string[]> {
  if (device === undefined) throw new Error('Dawn has no null backend')
  device.pushErrorScope('validation')
  const module = device.createShaderModule({ code })
  const { messages } = await module.getCompilationInfo()
  const faults = messages.map(
    ({ lineNum, message }) => `${code.split('\n')[lineNum - 1].trim()}: ${message.split('\n', 1)[0]}`,
  )
  if (faults.length === 0)
    await device
      .createComputePipelineAsync({ layout: 'auto', compute: { module } })
      .catch((error: unknown) => {
        if (!String(error).includes('total use of workgroup storage')) faults.push(String(error))
      })
  await device.popErrorScope()
  return faults
}
