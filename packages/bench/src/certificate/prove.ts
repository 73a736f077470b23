import { OctetError } from '@octet/core'
import { messageOf } from '../show/message.ts'
import { type Certificate, sizeOf } from './certificate.ts'
import { decoded, type Numbers, sha256 } from './numbers.ts'
import { type Reading, readQuantized } from './reading.ts'
import type { Fed, LoadedModel, Runtime } from './runtime/runtime.ts'
import { Comparison, isOutside, type Joined, type Verdict, type Whole } from './verdict.ts'

/**
 * Runs a model twice: unchanged, with the runtime's default optimizations, and again with the certified tensors as
 * additional outputs. The outputs to compare are those of the unchanged model. More outputs may change which nodes a
 * runtime fuses, so the second run only shows the inner tensors.
 * @param onVector is called after each input
 * @throws OctetError if the runtime does not run the model.
 */
export async function prove(
  certificate: Certificate,
  model: Uint8Array,
  runtime: Runtime,
  onVector: () => void,
): Promise<Verdict> {
  const { name } = runtime
  const refused = (error: unknown): never => {
    throw new OctetError(
      `${name} does not run the model: ${messageOf(error)}`,
      'try another runtime, or quantize the model again',
    )
  }
  const plain = await runtime.load(model, []).catch(refused)
  const inner = await runtime.load(model, certificate.tensors).catch(messageOf)
  const comparison = new Comparison(certificate, wholeOf(certificate, model))
  try {
    for (let vector = 0; vector < certificate.vectors.count; vector++) {
      const inputs = fed(certificate, vector)
      const outputs = await plain.run(inputs).catch(refused)
      const missing = [certificate.output, ...(certificate.states ?? [])].find(
        ({ name }) => !outputs.has(name),
      )
      if (missing !== undefined)
        throw new OctetError(
          `the model has no output "${missing.name}", which the certificate describes`,
          'give the certificate of this model',
        )
      comparison.add(outputs, typeof inner === 'string' ? undefined : await inner.run(inputs).catch(refused))
      onVector()
    }
    const verdict = comparison.verdict(name, typeof inner === 'string' ? inner : undefined)
    const vector = verdict.output?.first?.vector
    if (!isOutside(verdict) || vector === undefined) return verdict
    return { ...verdict, joined: await joined(certificate, { model, runtime, comparison, vector }) }
  } finally {
    for (const one of [plain, inner]) if (isLoaded(one)) await one.close()
  }
}

interface Joining {
  readonly model: Uint8Array
  readonly runtime: Runtime
  readonly comparison: Comparison
  /** The first input for which the output differs. */
  readonly vector: number
}

/** The tensors that each, as the only further output, make the runtime compute the certified output. */
async function joined(
  certificate: Certificate,
  { model, runtime, comparison, vector }: Joining,
): Promise<readonly Joined[]> {
  const { tensors, output } = certificate
  const inputs = fed(certificate, vector)
  const found: Joined[] = []
  for (const [place, tensor] of tensors.entries()) {
    const loaded = await runtime.load(model, [tensor])
    try {
      const got = (await loaded.run(inputs)).get(output.name)
      if (got === undefined || !comparison.isCertified(got, vector)) continue
      const readBy = tensors.filter(({ from }) => from.includes(place))
      found.push({ ...named(tensor), readBy: readBy.map(named) })
    } finally {
      await loaded.close()
    }
  }
  return found
}

function named({ name, op }: Certificate['tensors'][number]): Pick<Joined, 'tensor' | 'op'> {
  return { tensor: name, op }
}

/**
 * Computes all integers of the certified file for an input, once for all tensors. The certificate holds only some
 * integers of large tensors. Undefined if the model is another file.
 */
function wholeOf(certificate: Certificate, model: Uint8Array): Whole | undefined {
  if (sha256(model) !== certificate.model.sha256) return undefined
  let reading: Reading | undefined
  let last: { readonly vector: number; readonly integers: ReadonlyMap<string, Numbers> } | undefined
  return (vector, place) => {
    reading ??= readQuantized(model, certificate.inputs, certificate.states)
    const { tensors } = reading
    if (last?.vector !== vector) {
      const { integers } = reading.run(
        new Map(fed(certificate, vector).map(({ name, data }) => [name, data])),
      )
      last = { vector, integers: new Map(tensors.map(({ name }, i) => [name, integers[i]])) }
    }
    return last.integers.get(certificate.tensors[place].name)
  }
}

function isLoaded(one: LoadedModel | string): one is LoadedModel {
  return typeof one !== 'string'
}

function fed({ inputs }: Certificate, vector: number): readonly Fed[] {
  return inputs.map(({ name, dtype, shape, data }) => ({
    name,
    dtype,
    shape,
    data: decoded(dtype, data, vector, sizeOf(shape)),
  }))
}
