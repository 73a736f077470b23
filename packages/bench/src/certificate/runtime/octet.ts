import type { Certificate } from '../certificate.ts'
import { readQuantized } from '../reading.ts'
import type { Runtime } from './runtime.ts'

/** Octet as a runtime: it reads the file, and computes on the reference. */
export function octetRuntime(
  version: string,
  { inputs, states }: Pick<Certificate, 'inputs' | 'states'>,
): Runtime {
  return {
    name: `octet ${version}`,
    load: async (model, inner) => {
      const reading = readQuantized(model, inputs, states)
      const places = new Map(reading.tensors.map(({ name }, place) => [name, place]))
      const missing = inner.find(({ name }) => !places.has(name))
      if (missing !== undefined) throw new Error(`it has no tensor "${missing.name}"`)
      return {
        run: async (fed) => {
          const { output, states, integers } = reading.run(new Map(fed.map(({ name, data }) => [name, data])))
          return new Map<string, ArrayLike<number>>([
            [reading.output.name, output],
            ...reading.states.map(({ name }, i) => [name, states[i]] as const),
            ...inner.map(({ name }) => [name, integers[places.get(name)!]] as const),
          ])
        },
        close: async () => {},
      }
    },
  }
}
