import { copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import {
  type Certificate,
  readCertificate,
  sealed,
  writeCertificate,
} from '../src/certificate/certificate.ts'
import { prove } from '../src/certificate/prove.ts'
import { octetRuntime } from '../src/certificate/runtime/octet.ts'
import type { LoadedModel, Runtime } from '../src/certificate/runtime/runtime.ts'
import { fault, inFolder, setUp } from './session.ts'

let cwd = ''
beforeAll(async () => {
  cwd = setUp()
  const { code } = await inFolder(cwd, 'quantize', 'points', '--out', 'a.onnx', '--calibration', 'minmax')
  expect(code).toBe(0)
})

const inCwd = (name: string): string => join(cwd, name)
const certificate = (): Certificate => readCertificate(inCwd('a.certificate.json'))
const verify = (...args: string[]): ReturnType<typeof inFolder> =>
  inFolder(cwd, 'verify', ...args, '--runtime', 'octet')
const refused = async (...args: string[]): Promise<string> => fault(await verify(...args))

/** A copy of the model with another byte in the data of a constant. */
function changed(constant: string, to: string, place: number, change: (byte: number) => number): void {
  const bytes = readFileSync(inCwd('a.onnx'))
  const found = bytes.lastIndexOf(constant)
  expect(found).toBeGreaterThan(0)
  // In a TensorProto the name stands right before raw_data, whose tag and length are a byte each.
  const at = found + constant.length + 2 + place
  bytes[at] = change(bytes[at])
  writeFileSync(inCwd(to), bytes)
}

describe('octet quantize', () => {
  test('writes a certificate beside the model: inputs, the output, the integers inside, and hashes', () => {
    const { model, vectors, inputs, output, tensors, left } = certificate()
    expect(model.name).toBe('a.onnx')
    expect(vectors).toMatchObject({ count: 8, of: 'evaluation' })
    expect(inputs).toMatchObject([{ name: 'x', dtype: 'float32', shape: [1, 3] }])
    expect(output).toMatchObject({ name: 'y', shape: [1, 3], exact: true, from: [2] })
    expect(tensors.map(({ op, shape, exact, from, every }) => [op, shape, exact, from, every])).toEqual([
      ['QuantizeLinear', [1, 3], true, [], 1],
      ['Gemm', [1, 4], true, [0], 1],
      ['Gemm', [1, 3], true, [1], 1],
    ])
    expect(left).toBe(0)
  })

  test('writes the same bytes each time, under the name and with the inputs that --vectors gives', async () => {
    const args = ['points', '--out', 'a.onnx', '--calibration', 'minmax']
    await inFolder(cwd, 'quantize', ...args, '--certificate', 'again.json')
    expect(readFileSync(inCwd('again.json'))).toEqual(readFileSync(inCwd('a.certificate.json')))
    await inFolder(cwd, 'quantize', ...args, '--certificate', 'three.json', '--vectors', '3')
    expect(readCertificate(inCwd('three.json')).vectors.count).toBe(3)
  })

  test('writes none of a model in float16, and refuses where one is asked for', async () => {
    const args = ['quantize', 'points', '--precision', 'fp16', '--out', 'half.onnx']
    const { code, stdout } = await inFolder(cwd, ...args)
    expect([code, stdout.includes('certificate')]).toEqual([0, false])
    const { code: asked, stderr } = await inFolder(cwd, ...args, '--certificate', 'half.json')
    expect(asked).toBe(2)
    expect(stderr).toContain('no layer of the model computes in integers')
    const { stdout: without } = await inFolder(
      cwd,
      'quantize',
      'points',
      '--out',
      'b.onnx',
      '--no-certificate',
    )
    expect(without).not.toContain('certificate')
  })

  test('certifies readings where the file takes those', async () => {
    const args = [
      'points/model_fp32.onnx',
      '--calib',
      'points/x_calib.npy',
      '--normalize',
      'offset=0.5,scale=2',
    ]
    for (const input of ['raw', 'model'])
      await inFolder(cwd, 'quantize', ...args, '--with-input', input, '--out', `${input}.onnx`)
    const [raw, plain] = ['raw', 'model'].map((name) => readCertificate(inCwd(`${name}.certificate.json`)))
    expect(raw.vectors.of).toBe('calibration')
    expect(raw.inputs[0].data).not.toBe(plain.inputs[0].data)
    expect(raw.tensors.map((one) => one.sha256)).toEqual(plain.tensors.map((one) => one.sha256))
    expect((await verify('raw.onnx')).code).toBe(0)
  })
})

describe('octet verify', () => {
  test('proves a runtime that yields the certified integers', async () => {
    const { code, stdout } = await verify('a.onnx')
    expect(code).toBe(0)
    expect(stdout).toMatch(
      /^octet [\d.]+ computes the certified integers: the outputs of 8 inputs are equal\n/,
    )
    expect(stdout).toContain('3 of 3 tensors are equal for 8 inputs, 80 integers compared')
  })

  test.each([
    ['weight', 'hidden.weight.quantized', 0, (byte: number) => byte ^ 0x20, '"r.quantized" (Gemm)'],
    // The third byte of a float32 has the upper bits of its mantissa.
    ['scale', 'classes.weight.scale', 2, (byte: number) => byte ^ 0x40, '"y.quantized" (Gemm)'],
    ['zero point', 'x.zero_point', 0, (byte: number) => byte + 3, '"x.quantized" (QuantizeLinear)'],
  ])(
    'names the tensor and the element where one %s is another',
    async (_, constant, place, change, tensor) => {
      changed(constant, 'changed.onnx', place, change)
      expect(await refused('changed.onnx', 'a.certificate.json')).toContain(
        'a.certificate.json is not the certificate of changed.onnx: their hashes differ. give a.onnx',
      )
      const { code, stdout } = await verify('changed.onnx', 'a.certificate.json', '--another-model')
      expect(code).toBe(1)
      expect(stdout).toContain(`differs from the certificate: tensor ${tensor}, input 0, element [0, `)
      expect(stdout).toMatch(/: \d+ in place of \d+, \d+ steps? (above|below)\n/)
    },
  )

  test('refuses a certificate of another arithmetic, of another form, or one that is damaged', async () => {
    const whole = certificate()
    const { sha256: _, format: __, arithmetic, ...rest } = whole
    const write = (value: unknown): void => writeFileSync(inCwd('bad.json'), JSON.stringify(value))
    const other = { ...whole, arithmetic: { ...arithmetic, requantize: 'Q31 multiplier' } }
    write(other)
    expect(await refused('a.onnx', 'bad.json')).toContain(
      'bad.json: the certificate uses another arithmetic: requantize is "Q31 multiplier", and this ' +
        'octet proves "float32 multiplier"',
    )
    write({ ...whole, format: 'octet-certificate/9' })
    expect(await refused('a.onnx', 'bad.json')).toContain('it is a certificate of form "octet-certificate/9"')
    write({ ...whole, left: 7 })
    expect(await refused('a.onnx', 'bad.json')).toContain('the certificate is damaged')
    write([1, 2])
    expect(await refused('a.onnx', 'bad.json')).toContain('bad.json: it is no certificate')
    write(sealed({ ...rest, tensors: rest.tensors.slice(1) }))
    expect(await refused('a.onnx', 'bad.json')).toContain('does not fit the others')
    write(sealed({ ...rest, vectors: { ...rest.vectors, count: 5 } }))
    expect(await refused('a.onnx', 'bad.json')).toContain('"x" does not match its shape')
    expect(await refused('a.onnx', 'none.json')).toContain('cannot read none.json')
    expect(await refused('none.onnx', 'a.certificate.json')).toContain('none.onnx')
  })

  test('compares outputs alone where the tensors inside have other names', async () => {
    const { sha256: _, format: __, arithmetic: ___, ...rest } = certificate()
    const tensors = rest.tensors.map((one) => Object.assign({}, one, { name: `${one.name}.elsewhere` }))
    writeCertificate(inCwd('renamed.json'), sealed({ ...rest, tensors }))
    const { code, stdout } = await verify('a.onnx', 'renamed.json')
    expect(code).toBe(0)
    expect(stdout).toContain(
      'nothing inside of the model was compared: it has no tensor "x.quantized.elsewhere"',
    )
  })

  test('names a tensor by its hash where the element that differs is not held', async () => {
    const { sha256: _, format: __, arithmetic: ___, ...rest } = certificate()
    const tensors = rest.tensors.map((one, place) =>
      place === 1 ? { ...one, sha256: one.sha256.map((hash) => hash.replace(/./g, '0')) } : one,
    )
    writeCertificate(inCwd('hash.json'), sealed({ ...rest, tensors }))
    const { code, stdout } = await verify('a.onnx', 'hash.json')
    expect(code).toBe(1)
    expect(stdout).toContain('at elements that the certificate has only the hash of')
  })

  test('names the tensor that a runtime joins with others, where only the output differs', async () => {
    const own = octetRuntime('1', certificate())
    /** Yields another output unless the second tensor is an output too. */
    const joining: Runtime = {
      name: 'joining',
      load: async (model, inner) => {
        const loaded = await own.load(model, inner)
        const isApart = inner.some(({ name }) => name === 'r.quantized')
        const run: LoadedModel['run'] = async (fed) => {
          const outputs = new Map(await loaded.run(fed))
          return isApart
            ? outputs
            : outputs.set(
                'y',
                Array.from(outputs.get('y')!, (value) => value + 1),
              )
        }
        return { ...loaded, run }
      },
    }
    const verdict = await prove(certificate(), readFileSync(inCwd('a.onnx')), joining, () => {})
    expect(verdict).toMatchObject({ holds: false, tensors: { compared: 3, equal: 3 } })
    expect(verdict.joined).toEqual([
      { tensor: 'r.quantized', op: 'Gemm', readBy: [{ tensor: 'y.quantized', op: 'Gemm' }] },
    ])
  })

  test('is JSON with --json', async () => {
    copyFileSync(inCwd('a.onnx'), inCwd('copy.onnx'))
    const { stdout } = await verify('copy.onnx', 'a.certificate.json', '--json', '-')
    expect(JSON.parse(stdout)).toMatchObject({
      holds: true,
      vectors: 8,
      tensors: { compared: 3, equal: 3, left: 0 },
      output: null,
      differing: [],
    })
  })
})
