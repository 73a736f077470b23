import type { Execution, OpSpec, Samples } from '@octet/core'
import { median, medianInterval, now } from '@octet/core/statistics'
import type { Profile } from '@octet/results'
import type { StepTimes } from './layers.ts'

/** The work of the host at both ends of an inference. */
export interface Ends {
  /** The stored sample, widened to float32. */
  decode(): Samples
  /** The task's answer to the outputs of one sample. */
  answer(outputs: Float32Array): unknown
}

/** Ops that count as their own stage at any place in a program. */
const STAGE_OF: Readonly<Partial<Record<OpSpec['op'], 'normalizeNs' | 'quantizeNs' | 'dequantizeNs'>>> = {
  Normalize: 'normalizeNs',
  QuantizeLinear: 'quantizeNs',
  DequantizeLinear: 'dequantizeNs',
}

/** A loaded program that runs from the stored sample to the answer, with a time for each stage. */
export class StageTimer {
  readonly #execution: Execution
  readonly #ends: Ends
  readonly #ns = {
    whole: [] as number[],
    decode: [] as number[],
    upload: [] as number[],
    compute: [] as number[],
    readback: [] as number[],
    answer: [] as number[],
  }

  constructor(execution: Execution, ends: Ends) {
    this.#execution = execution
    this.#ends = ends
  }

  async run(repeats: number): Promise<void> {
    for (let repeat = 0; repeat < repeats; repeat++) {
      const begin = now()
      const sample = this.#ends.decode()
      const decoded = now()
      const { uploadNs, computeNs, readbackNs, output } = await this.#execution.stages(sample)
      const computed = now()
      this.#ends.answer(output.data)
      const end = now()
      this.#ns.whole.push(end - begin)
      this.#ns.decode.push(decoded - begin)
      this.#ns.upload.push(uploadNs)
      this.#ns.compute.push(computeNs)
      this.#ns.readback.push(readbackNs)
      this.#ns.answer.push(end - computed)
    }
  }

  /** The measured times. The time on the device is the time of its steps. */
  result({ ns }: StepTimes): Pick<Profile, 'hostToHost' | 'stages'> {
    const onDevice = { normalizeNs: 0, quantizeNs: 0, computeNs: 0, dequantizeNs: 0 }
    for (const [i, { spec }] of this.#execution.program.steps.entries())
      onDevice[STAGE_OF[spec.op] ?? 'computeNs'] += ns[i]
    const deviceNs = ns.reduce((sum, one) => sum + one, 0)
    const { whole, decode, upload, compute, readback, answer } = this.#ns
    const named = {
      decodeNs: median(decode),
      uploadNs: median(upload),
      ...onDevice,
      submitNs: Math.max(0, median(compute) - deviceNs),
      readbackNs: median(readback),
      answerNs: median(answer),
    }
    const all = median(whole)
    const restNs = all - Object.values(named).reduce((sum, one) => sum + one, 0)
    return {
      hostToHost: { median: all, ci95: [...medianInterval(whole)], samples: whole.length },
      stages: { ...named, restNs },
    }
  }
}
