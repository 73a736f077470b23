import type { PeerFormat } from './protocol.ts'

/** Another project's kernels for comparison with ours. */
export interface PeerInfo {
  readonly id: string
  /** Name and version, as results show them. */
  readonly name: string
  /** The formats of the peer, by their names in results. */
  readonly formats: Partial<Readonly<Record<PeerFormat, string>>>
  /** Whether it computes on the adapter. Otherwise it computes on the CPU for every adapter. */
  readonly onAdapter: boolean
  /** Whether it runs ONNX models. */
  readonly runsModels: boolean
}

/** Every peer, with the version that the lockfile of the peers' folder pins. */
export const PEERS: readonly PeerInfo[] = [
  {
    id: 'tfjs-backend-webgpu',
    name: 'tfjs-backend-webgpu 4.22',
    formats: { f32: 'fp32' },
    onAdapter: true,
    runsModels: false,
  },
  {
    id: 'jax-js',
    name: '@jax-js/jax 0.1.25',
    formats: { f32: 'fp32', f16: 'fp16' },
    onAdapter: true,
    runsModels: false,
  },
  {
    id: 'onnxruntime-webgpu',
    name: 'onnxruntime-node 1.30 WebGPU',
    formats: { f32: 'fp32', f16: 'fp16', w8: 'MatMulNBits 8-bit' },
    onAdapter: true,
    runsModels: true,
  },
  {
    id: 'onnxruntime-cpu',
    name: 'onnxruntime-node 1.30 CPU',
    formats: { f32: 'fp32', u8s8: 'u8s8' },
    onAdapter: false,
    runsModels: true,
  },
]
