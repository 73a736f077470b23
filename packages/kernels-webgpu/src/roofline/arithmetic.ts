import type { Target } from '../wgsl/target.ts'
import { loopShader, SEEDS, type Probe } from './probe.ts'

const THREADS = 64
/** Independent sums an invocation keeps: few leave units waiting, many run out of registers. */
const CHAINS = [4, 8, 16]
/** Statements of one turn of the loop, so that the loop itself costs little. */
const STATEMENTS = 64

/** One kind of arithmetic: how a chain takes its next step. */
interface Arithmetic {
  readonly unit: Probe['unit']
  readonly name: string
  readonly enables?: readonly string[]
  readonly type: string
  /** Bytes of an entry of `type`. */
  readonly size: number
  readonly seeds: Probe['seeds']
  /** Operations of one step. */
  readonly work: number
  /** The next value of `chain`; `other` is the chain after it, `factor` and `term` come from memory. */
  step(chain: string, other: string): string
}

const F32: Arithmetic = {
  unit: 'f32',
  name: 'vec4<f32> fma',
  type: 'vec4<f32>',
  size: 16,
  seeds: 'f32',
  work: 8,
  step: (chain) => `fma(${chain}, factor, term)`,
}

const F16: Arithmetic = {
  unit: 'f16',
  name: 'vec4<f16> fma',
  enables: ['f16'],
  type: 'vec4<f16>',
  size: 8,
  seeds: 'f16',
  work: 8,
  step: (chain) => `fma(${chain}, factor, term)`,
}

const DOT4: Arithmetic = {
  unit: 'dot4',
  name: 'dot4I8Packed',
  type: 'u32',
  size: 4,
  seeds: 'bytes',
  work: 8,
  // A dot product of what the loop does not change would be moved out of it.
  step: (chain, other) => `bitcast<u32>(dot4I8Packed(${chain}, factor) + bitcast<i32>(${other}))`,
}

/** Probes of the adapter's scalar and vector arithmetic. */
export function arithmeticProbes(target: Target): Probe[] {
  const kinds = [F32, ...(target.shaderF16 ? [F16] : []), DOT4]
  return kinds.flatMap((kind) => CHAINS.map((chains) => probe(kind, chains, workgroupsOf(target))))
}

/** Enough workgroups to fill any device many times over. */
export function workgroupsOf({ software }: Target): number {
  return software ? 64 : 8192
}

function probe(kind: Arithmetic, chains: number, workgroups: number): Probe {
  const names = Array.from({ length: chains }, (_, index) => `chain${index}`)
  const steps = names.map((name, index) => `${name} = ${kind.step(name, names[(index + 1) % chains])};`)
  const entries = SEEDS / kind.size
  return {
    unit: kind.unit,
    by: `${chains} chains of ${kind.name}`,
    code: loopShader({
      ...(kind.enables && { enables: kind.enables }),
      source: kind.type,
      sink: kind.type,
      threads: THREADS,
      before: [
        'let factor = source[0];',
        'let term = source[1];',
        ...names.map((name, index) => `var ${name} = source[(local + ${index}u) % ${entries}u];`),
      ],
      turn: Array.from({ length: STATEMENTS / chains }, () => steps).flat(),
      store: `sink[local] = ${names.join(' + ')};`,
    }),
    workgroups,
    work: workgroups * THREADS * STATEMENTS * kind.work,
    bytes: SEEDS,
    seeds: kind.seeds,
    iterates: 'loop',
  }
}
