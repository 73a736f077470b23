import type { Target } from '../wgsl/target.ts'
import type { Probe } from './probe.ts'

const THREADS = 256
/** The number of entries that an invocation copies. The entries of a workgroup are adjacent. */
const EACH = [1, 4]

/** Probes of memory: a copy far larger than any cache. */
export function copyProbes({ software, limits }: Target): Probe[] {
  const wanted = 2 ** (software ? 25 : 28)
  const bytes = 2 ** Math.floor(Math.log2(Math.min(wanted, limits.storageBinding)))
  return EACH.map((each) => {
    const workgroups = bytes / 16 / THREADS / each
    const copies = Array.from({ length: each }, (_, index) => {
      const at = `first + ${index * THREADS}u`
      return `sink[${at}] = source[${at}];`
    })
    return {
      unit: 'copy',
      by: `${bytes / 2 ** 20} MiB, ${each} x 16 bytes a thread`,
      code: `
@group(0) @binding(0) var<storage, read> source: array<vec4<u32>>;
@group(0) @binding(1) var<storage, read_write> sink: array<vec4<u32>>;
@compute @workgroup_size(${THREADS})
fn main(
  @builtin(workgroup_id) place: vec3<u32>,
  @builtin(num_workgroups) extent: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let first = (place.y * extent.x + place.x) * ${THREADS * each}u + local;
  ${copies.join('\n  ')}
}
`,
      workgroups,
      work: 2 * bytes,
      bytes,
      seeds: 'bytes',
      iterates: 'dispatch',
    }
  })
}
