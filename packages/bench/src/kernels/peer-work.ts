import { elements, OctetError, type Tensor } from '@octet/core'
import type { PeerFormat, PeerWork } from '../peers/protocol.ts'
import { instantiate, multiplierFor, STEP } from './instance.ts'
import type { Problem } from './problem.ts'

/** Whether peers have an op of this kind. */
export function isContested({ op }: Problem): boolean {
  return op === 'Conv' || op === 'Gemm' || op === 'MatMul'
}

/** The formats that peers have for an op. Formats with 8-bit weights are only for matrix products. */
export function formatsFor({ op }: Problem): ReadonlySet<PeerFormat> {
  return new Set(op === 'Conv' ? ['f32', 'f16'] : ['f32', 'f16', 'w8', 'u8s8'])
}

/**
 * A problem with our FP32 numbers, in the form that peers take.
 * @throws OctetError for ops that peers lack.
 */
export function workOf(problem: Problem): PeerWork {
  const { spec, constants, inputs } = instantiate(problem.spec('fp32'))
  if (spec.op !== 'Conv' && spec.op !== 'Gemm' && spec.op !== 'MatMul')
    throw new OctetError(`peers have no ${spec.op}`)
  const terms =
    spec.op === 'Conv'
      ? elements(spec.kernel) * (spec.inputs[0].shape[1] / spec.group)
      : spec.inputs[0].shape[1]
  const held = constants.kind === 'float-weights' ? constants.weight : inputs[1]
  return {
    spec,
    x: floatsOf(inputs[0]),
    weight: spec.op === 'Gemm' ? transposed(floatsOf(held), terms) : floatsOf(held),
    step: STEP,
    // The integer sum is the float sum divided by both steps.
    outputScale: STEP ** 2 / multiplierFor(terms),
  }
}

function floatsOf({ data }: Tensor): Float32Array {
  if (data instanceof Float32Array) return data
  throw new OctetError('not a float32 tensor')
}

/** [N,K] to [K,N]. */
function transposed(data: Float32Array, k: number): Float32Array {
  const n = data.length / k
  const turned = new Float32Array(data.length)
  for (let row = 0; row < n; row++)
    for (let column = 0; column < k; column++) turned[column * n + row] = data[row * k + column]
  return turned
}
