import type { Target } from '../wgsl/target.ts'
import { loopShader, SEEDS, type Probe } from './probe.ts'

const THREADS = 64
/** The number of independent sums per invocation: with few, units wait; with many, registers run out. */
const CHAINS = [4, 8, 16]
/** The number of statements in one turn of the loop, so that the loop itself costs little. */
const STATEMENTS = 64

/** An instruction whose peak rate is measured, as one step of a chain. */
interface Instruction {
  readonly unit: Probe['unit']
  readonly name: string
  readonly enables?: readonly string[]
  readonly type: string
  /** Bytes of an entry of `type`. */
  readonly size: number
  readonly seeds: Probe['seeds']
  /** Operations of one step. */
  readonly work: number
  /** The next value of `chain`. `other` is the chain after it. `factor` and `term` come from memory. */
  step(chain: string, other: string): string
}

const F32: Instruction = {
  unit: 'f32',
  name: 'vec4<f32> fma',
  type: 'vec4<f32>',
  size: 16,
  seeds: 'f32',
  work: 8,
  step: (chain) => `fma(${chain}, factor, term)`,
}

const F16: Instruction = {
  ...F32,
  unit: 'f16',
  name: 'vec4<f16> fma',
  enables: ['f16'],
  type: 'vec4<f16>',
  size: 8,
  seeds: 'f16',
}

const DOT4: Instruction = {
  unit: 'dot4',
  name: 'dot4I8Packed',
  type: 'u32',
  size: 4,
  seeds: 'bytes',
  work: 8,
  // A compiler would move a dot product that the loop does not change out of the loop.
  step: (chain, other) => `bitcast<u32>(dot4I8Packed(${chain}, factor) + bitcast<i32>(${other}))`,
}

/** Probes of the adapter's scalar and vector arithmetic. */
export function instructionProbes(target: Target): Probe[] {
  const instructions = [F32, ...(target.shaderF16 ? [F16] : []), DOT4]
  return instructions.flatMap((instruction) =>
    CHAINS.map((chains) => probe(instruction, chains, workgroupsOf(target))),
  )
}

/** Enough workgroups to fill any device many times over. */
export function workgroupsOf({ software }: Target): number {
  return software ? 64 : 8192
}

function probe(instruction: Instruction, chains: number, workgroups: number): Probe {
  const names = Array.from({ length: chains }, (_, index) => `chain${index}`)
  const steps = names.map(
    (name, index) => `${name} = ${instruction.step(name, names[(index + 1) % chains])};`,
  )
  const entries = SEEDS / instruction.size
  return {
    unit: instruction.unit,
    by: `${chains} chains of ${instruction.name}`,
    code: loopShader({
      ...(instruction.enables && { enables: instruction.enables }),
      source: instruction.type,
      sink: instruction.type,
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
    work: workgroups * THREADS * STATEMENTS * instruction.work,
    bytes: SEEDS,
    seeds: instruction.seeds,
    iterates: 'loop',
  }
}
