import type { Target } from '../src/wgsl/target.ts'
import { APPLE, NVIDIA } from './null-device.ts'

/** What Dawn tells of the kinds of adapters that people have: subgroups, halves, and limits of a workgroup. */
export const PROFILES: readonly Target[] = [
  NVIDIA,
  APPLE,
  {
    ...NVIDIA,
    id: 'amd-vulkan',
    subgroups: { min: 32, max: 64 },
    matrices: [],
    limits: { workgroupStorage: 65_536, invocations: 1024, storageBinding: 2 ** 31 - 4 },
  },
  {
    ...NVIDIA,
    id: 'intel-d3d12',
    subgroups: { min: 8, max: 32 },
    matrices: [],
    limits: { workgroupStorage: 32_768, invocations: 1024, storageBinding: 2 ** 31 - 4 },
  },
  {
    ...NVIDIA,
    id: 'adreno',
    subgroups: { min: 64, max: 128 },
    matrices: [],
    limits: { workgroupStorage: 32_768, invocations: 1024, storageBinding: 2 ** 27 },
  },
  {
    ...NVIDIA,
    id: 'mali',
    packedDot: false,
    subgroups: { min: 16, max: 16 },
    matrices: [],
    limits: { workgroupStorage: 32_768, invocations: 512, storageBinding: 2 ** 27 },
  },
  {
    ...NVIDIA,
    id: 'least',
    shaderF16: false,
    packedDot: false,
    timestamps: false,
    subgroups: undefined,
    matrices: [],
    limits: { workgroupStorage: 16_384, invocations: 256, storageBinding: 2 ** 27 },
  },
]
