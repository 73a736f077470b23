import type { KernelPackage } from '@octet/core'
import { webgpuPackage } from './package.ts'

const webgpu: KernelPackage = webgpuPackage()
export default webgpu
