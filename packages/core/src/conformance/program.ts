import { load } from '../execute/load.ts'
import { answerOf } from '../execute/trace.ts'
import type { KernelDevice } from '../kernel/contract.ts'
import { randomTensor } from '../ops/case.ts'
import { Random } from '../statistics/random.ts'
import { tensor, type Tensor } from '../tensor/tensor.ts'
import { randomProgram } from './random-program.ts'
import { difference } from './run.ts'

/** The number of samples on which a program runs. The second sample finds the storage as the first left it. */
const SAMPLES = 3

/**
 * Runs the random program of a seed as a whole on a device, and compares its whole outputs with the reference's.
 * Returns the fault and the program's ops as a phrase, or undefined if all outputs are equal. Ops that the device
 * declines run on the reference.
 */
export async function faultOfProgram(device: KernelDevice, seed: number): Promise<string | undefined> {
  const random = new Random(seed)
  const program = randomProgram(random)
  const { shape } = program.tensors[program.output]
  const execution = await load(program, device)
  try {
    for (let sample = 0; sample < SAMPLES; sample++) {
      const x = randomTensor(random, program.tensors[0]) as Tensor<'float32'>
      const expected = tensor('float32', shape, answerOf(program, x))
      const found = difference(await execution.run(x), expected, new Float64Array(expected.data.length))
      if (found !== undefined)
        return `program ${seed}, sample ${sample} (${program.steps.map(({ spec }) => spec.op).join(', ')}): ${found}`
    }
    return undefined
  } finally {
    await execution.dispose()
  }
}
