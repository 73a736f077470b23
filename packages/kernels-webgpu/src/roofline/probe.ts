import type { Peak } from '@octet/core'

/** The least size of every probe's source, in bytes. */
export const SEEDS = 4096

/**
 * A micro-kernel that does only one thing. It binds `source` (read), `sink` (read and written) and `run`. `run` has the
 * number of iterations, and `keep`, which is 0: results must be computed although nothing is ever stored.
 */
export interface Probe {
  readonly unit: Peak['unit']
  /** A description for the report. */
  readonly by: string
  readonly code: string
  readonly workgroups: number
  /** The operations or bytes of one iteration of one dispatch. */
  readonly work: number
  /** Bytes of source and of sink. */
  readonly bytes: number
  /**
   * The content of the source: floats in [0.5, 1), whose chains of multiply-adds neither overflow nor vanish, or any
   * bytes.
   */
  readonly seeds: 'f32' | 'f16' | 'bytes'
  /** Whether an iteration is one turn of the shader's loop, or one dispatch. */
  readonly iterates: 'loop' | 'dispatch'
}

/** The parts of a probe that loops. */
interface Loop {
  readonly enables?: readonly string[]
  /** WGSL type of an entry of the source, and of the sink. */
  readonly source: string
  readonly sink: string
  readonly threads: number
  readonly shared?: string
  readonly before: readonly string[]
  /** One iteration. */
  readonly turn: readonly string[]
  /** Statements that store the results. */
  readonly store: string
}

/** The WGSL of a probe with a loop. `local` is the invocation's number in its workgroup. */
export function loopShader(loop: Loop): string {
  const enables = (loop.enables ?? []).map((name) => `enable ${name};\n`).join('')
  return `${enables}
struct Run { iterations: u32, keep: u32 }
@group(0) @binding(0) var<storage, read> source: array<${loop.source}>;
@group(0) @binding(1) var<storage, read_write> sink: array<${loop.sink}>;
@group(0) @binding(2) var<uniform> run: Run;
${loop.shared ?? ''}
@compute @workgroup_size(${loop.threads})
fn main(@builtin(local_invocation_index) local: u32) {
  ${loop.before.join('\n  ')}
  for (var i = 0u; i < run.iterations; i++) {
    ${loop.turn.join('\n    ')}
  }
  if (run.keep != 0u) {
    ${loop.store}
  }
}
`
}
