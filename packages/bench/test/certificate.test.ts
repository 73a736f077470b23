import { tensor } from '@octet/core'
import { encodeOnnx, type OnnxGraph, type OnnxTensor, quantizedOnnx } from '@octet/onnx'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { GRAPHS } from '../../onnx/test/graphs.ts'
import { interpret } from '../../onnx/test/quantized/interpreter.ts'
import { graphs, quantized, samplesOf, ways } from '../../onnx/test/quantized/models.ts'
import { type Certificate, sealed, sizeOf } from '../src/certificate/certificate.ts'
import { makeCertificate } from '../src/certificate/make.ts'
import { decoded, encoded, taken } from '../src/certificate/numbers.ts'
import { prove } from '../src/certificate/prove.ts'
import { octetRuntime } from '../src/certificate/runtime/octet.ts'
import type { Runtime } from '../src/certificate/runtime/runtime.ts'
import type { Verdict } from '../src/certificate/verdict.ts'

const VECTORS = 2
const LONG = process.env['OCTET_TESTS'] === 'long'

/** Graphs that do more than move integers. */
const computing = graphs.filter(({ nodes }) => nodes.some(({ op }) => op === 'Conv' || op === 'Gemm'))

/** A runtime apart from Octet's integers: it computes each node of a graph by ONNX's definition. */
function interpreting(graph: OnnxGraph): Runtime {
  return {
    name: 'interpreter',
    load: async (_, inner) => ({
      run: async ([{ shape, data }]) => {
        const held = interpret(
          graph,
          tensor('float32', shape, Float32Array.from(data)),
          (_name, integers) => integers,
        )
        const wanted = [...graph.outputs, ...inner].map(({ name }) => name)
        return new Map(wanted.map((name) => [name, held.get(name)!.data]))
      },
      close: async () => {},
    }),
  }
}

async function certified(graph: Parameters<typeof quantized>[0], how: Parameters<typeof quantized>[1]) {
  const made = quantizedOnnx(await quantized(graph, how), { target: 'ort' })
  const { data } = samplesOf(graph, 31, VECTORS)
  const shape = [1, ...graph.inputs[0].shape]
  const size = sizeOf(shape)
  const vectors = Array.from({ length: VECTORS }, (_, i) => data.slice(i * size, (i + 1) * size))
  const inputs = [{ name: graph.inputs[0].name, dtype: 'float32', shape, vectors } as const]
  const bytes = encodeOnnx(made)
  const certificate = makeCertificate({
    name: 'any.onnx',
    bytes,
    inputs,
    of: 'evaluation',
    version: '1',
  })
  return { made, bytes, certificate }
}

const verdictOf = (certificate: Certificate, runtime: Runtime): Promise<Verdict> =>
  prove(certificate, new Uint8Array(), runtime, () => {})

/** One number of one constant: a weight, a scale or a zero point of activations or weights. */
function tampered(graph: OnnxGraph, which: number, element: number): { graph: OnnxGraph; kind: string } {
  const constants = graph.initializers.filter(({ name }) =>
    /\.(scale|zero_point|weight\.quantized)(_\d+)?$/.test(name),
  )
  const chosen = constants[which % constants.length]
  const data = (chosen.data as Float32Array | Int8Array | Uint8Array | Int32Array).slice()
  const at = element % data.length
  // A weight moves by a third of its range, a scale by a quarter, a zero point by 20 steps.
  if (chosen.name.includes('.scale')) data[at] *= 1.25
  else if (chosen.name.includes('zero_point')) data[at] += data[at] > 100 ? -20 : 20
  else data[at] += data[at] > 0 ? -85 : 85
  const changed: OnnxTensor = { ...chosen, data }
  const initializers = graph.initializers.map((one) => (one === chosen ? changed : one))
  return { graph: { ...graph, initializers }, kind: chosen.name }
}

test('a certificate is kept by whoever computes the nodes as ONNX defines them', async () => {
  let [exact, compared] = [0, 0]
  await fc.assert(
    fc.asyncProperty(computing, ways, async (graph, how) => {
      const { made, certificate } = await certified(graph, how)
      const verdict = await verdictOf(certificate, interpreting(made))
      expect(verdict).toMatchObject({ holds: true, vectors: VECTORS })
      expect(verdict.differing.every(({ kind, most }) => kind !== 'rounded' || most <= 1)).toBe(true)
      exact += certificate.tensors.filter((one) => one.exact).length
      compared += verdict.tensors.compared
    }),
    { numRuns: LONG ? 100 : 8 },
  )
  expect(compared).toBeGreaterThan(16)
  expect(exact).toBeGreaterThan(8)
})

test('it is broken by another weight, scale or zero point, and the first tensor and element are named', async () => {
  let [broken, unseen] = [0, 0]
  await fc.assert(
    fc.asyncProperty(computing, ways, fc.nat(), fc.nat(), async (graph, how, which, element) => {
      const { made, certificate } = await certified(graph, how)
      const [right, wrong] = [made, tampered(made, which, element).graph].map(interpreting)
      const [fair, verdict] = [await verdictOf(certificate, right), await verdictOf(certificate, wrong)]
      const differ = JSON.stringify(verdict.differing) !== JSON.stringify(fair.differing)
      if (!differ && verdict.holds) unseen++
      // What moves a tensor that ONNX leaves open by one step alone is no more than rounding.
      if (verdict.holds) {
        expect(verdict.differing.every(({ most, kind }) => kind === 'behind' || most <= 1)).toBe(true)
        return
      }
      broken++
      const first = verdict.differing.find(({ kind }) => kind === 'wrong')
      if (first === undefined) {
        expect(verdict.output!.kind).toBe('wrong')
        return
      }
      const place = certificate.tensors.findIndex(({ name }) => name === first.tensor)
      const before = new Set(certificate.tensors.slice(0, place).map(({ name }) => name))
      expect(
        verdict.differing.filter(({ tensor: name, kind }) => before.has(name) && kind === 'wrong'),
      ).toEqual([])
      const { vector, expected, got, element: at } = first.first!
      const { shape } = certificate.tensors[place]
      const flat = at.reduce((index, one, axis) => index * shape[axis] + one, 0)
      const loaded = await Promise.all(
        [right, wrong].map((one) => one.load(new Uint8Array(), certificate.tensors)),
      )
      const { inputs } = certificate
      const size = sizeOf(inputs[0].shape)
      const data = new Float32Array(Uint8Array.from(Buffer.from(inputs[0].data, 'base64')).buffer)
      const fed = [{ ...inputs[0], data: data.slice(vector * size, (vector + 1) * size) }]
      const values = await Promise.all(
        loaded.map(async (one) => (await one.run(fed)).get(first.tensor)![flat]),
      )
      expect(values[1]).toBe(got)
      expect(Math.abs(values[0] - expected)).toBeLessThanOrEqual(certificate.tensors[place].exact ? 0 : 1)
    }),
    { numRuns: LONG ? 200 : 14 },
  )
  expect(broken).toBeGreaterThan(unseen)
})

test('an element that the certificate holds only as a hash is named: Octet computes the file again', async () => {
  const { bytes, certificate } = await certified(
    GRAPHS.find(({ name }) => name === 'residual')!,
    {},
  )
  const { sha256: _, format: __, arithmetic: ___, ...rest } = certificate
  const [place, flat] = [2, 7]
  const { name, dtype, shape } = certificate.tensors[place]
  const size = sizeOf(shape)
  const halved = rest.tensors.map((one) => {
    const all = Array.from({ length: VECTORS }, (_, i) => decoded(one.dtype, one.data, i, sizeOf(one.shape)))
    return { ...one, every: 2, data: encoded(all.map((numbers) => taken(numbers, 2))) }
  })
  const sparse = sealed({ ...rest, tensors: halved })
  const octet = octetRuntime('1', certificate)
  const faulty: Runtime = {
    name: 'faulty',
    load: async (...args) => {
      const loaded = await octet.load(...args)
      const run: typeof loaded.run = async (fed) => {
        const values = new Map(await loaded.run(fed))
        const numbers = Array.from(values.get(name) ?? [])
        if (numbers.length > 0) values.set(name, numbers.with(flat, numbers[flat] > 100 ? 3 : 203))
        return values
      }
      return { ...loaded, run }
    },
  }
  const { holds, differing } = await prove(sparse, bytes, faulty, () => {})
  expect(holds).toBe(false)
  const [expected] = decoded(dtype, certificate.tensors[place].data, 0, size).slice(flat)
  expect(differing).toMatchObject([{ tensor: name, kind: 'wrong', vectors: VECTORS, elements: VECTORS }])
  const { first } = differing[0]
  expect(first).toMatchObject({ vector: 0, expected, got: expected > 100 ? 3 : 203 })
  expect(first!.element.reduce((index, one, axis) => index * shape[axis] + one, 0)).toBe(flat)
})
