import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { lower, macsOfProgram, modelOf, OctetError } from '@octet/core'
import { readDescription } from '@octet/onnx'
import { judgedOn, openSource } from '../quantize/source.ts'
import type { SourceFiles } from '../source/open.ts'
import type { Certificate } from './certificate.ts'
import { makeCertificate } from './make.ts'
import { inputVectors, statesInFile, vectorCount } from './vectors.ts'

/**
 * Makes the certificate of a quantized model that came without a certificate: the results that Octet computes from its
 * file for the first of some samples.
 * @param version Octet's version
 * @throws OctetError for a model without integer layers, or for samples that do not fit the model.
 */
export async function certifyDelivered(
  path: string,
  files: SourceFiles,
  version: string,
): Promise<Certificate> {
  const source = await openSource(path, files)
  const { graph, normalizer } = source
  const bytes = readFileSync(path)
  const macs = macsOfProgram(lower({ precision: 'fp32', model: modelOf(graph) }, { batch: 1, normalizer }))
  const count = vectorCount(source, macs, undefined)
  const description = readDescription(bytes)
  const inputs = inputVectors(source, description.values, { count, rawInput: false })
  const stated = files.stated?.states ?? {}
  const states = statesInFile(graph, description, ({ input }) => {
    if (stated[input] === undefined)
      throw new OctetError(`the manifest says what carries on to ${input}`, 'say it with --state too')
    return stated[input]
  })
  return makeCertificate({ name: basename(path), bytes, inputs, states, of: judgedOn(source).name, version })
}
