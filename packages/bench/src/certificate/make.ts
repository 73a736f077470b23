import type { ExactKernels } from '@octet/core'
import { type Certificate, sealed, sizeOf } from './certificate.ts'
import { encoded, sha256, taken } from './numbers.ts'
import { type Computed, readQuantized } from './reading.ts'
import type { InputVectors, StateInput } from './vectors.ts'

/** The most bytes of inner integers in a certificate. For larger models it holds every n-th integer. */
const HELD_BYTES: number = 2 ** 20

interface Certified {
  /** The name and the bytes of the model's file. */
  readonly name: string
  readonly bytes: Uint8Array
  /** Every input has the same number of vectors. */
  readonly inputs: readonly InputVectors[]
  /** The states of a streaming model, zeros before the first vector. */
  readonly states?: readonly StateInput[]
  readonly of: Certificate['vectors']['of']
  /** Octet's version. */
  readonly version: string
  readonly exact?: ExactKernels | undefined
}

/**
 * The results of a quantized model's file for some inputs. Octet reads the file itself, so the integers follow the
 * file. They are the same in each run.
 * @throws OctetError for a model without integer layers, or with several outputs.
 */
export function makeCertificate({
  name,
  bytes,
  inputs: samples,
  states = [],
  of,
  version,
  exact,
}: Certified): Certificate {
  const reading = readQuantized(bytes, samples, states)
  const count = samples[0].vectors.length
  const computed: Computed[] = []
  const shapes = new Map(states.map(({ input, shape }) => [input, shape]))
  const carried = reading.states.map(({ input }) => {
    const shape = shapes.get(input)!
    const vectors: Float32Array[] = [new Float32Array(sizeOf(shape))]
    return { name: input, dtype: 'float32' as const, shape, vectors }
  })
  const inputs = [...samples, ...carried]
  for (let vector = 0; vector < count; vector++) {
    const given = new Map(inputs.map(({ name, vectors }) => [name, vectors[vector]]))
    const one = reading.run(given, exact)
    computed.push(one)
    if (vector + 1 < count) carried.forEach(({ vectors }, i) => vectors.push(one.states[i]))
  }
  const most = heldPerVector(
    reading.tensors.map(({ shape }) => sizeOf(shape)),
    HELD_BYTES / count,
  )
  const data = inputs.map(({ vectors }) => encoded(vectors))
  return sealed({
    octet: version,
    model: { name, sha256: sha256(bytes), bytes: bytes.length },
    vectors: {
      count,
      of,
      sha256: sha256(Buffer.from(data.join('\n'))),
    },
    inputs: inputs.map(({ name, dtype, shape }, i) => ({ name, dtype, shape, data: data[i] })),
    output: { ...reading.output, data: encoded(computed.map(({ output }) => output)) },
    ...(reading.states.length > 0 && { states: reading.states.map((state) => Object.assign({}, state)) }),
    tensors: reading.tensors.map((tensor, place) => {
      const all = computed.map(({ integers }) => integers[place])
      const every = Math.max(1, Math.ceil(sizeOf(tensor.shape) / most))
      return {
        ...tensor,
        every,
        sha256: all.map(sha256),
        data: encoded(all.map((integers) => taken(integers, every))),
      }
    }),
    left: reading.left,
  })
}

/** The most integers of a tensor that the certificate holds per vector. The number is halved until all tensors fit. */
function heldPerVector(sizes: readonly number[], bytes: number): number {
  let most = Math.max(1, ...sizes)
  while (most > 1 && sizes.reduce((sum, size) => sum + Math.min(size, most), 0) > bytes)
    most = Math.ceil(most / 2)
  return most
}
