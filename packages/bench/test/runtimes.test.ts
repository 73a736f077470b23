import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { encodeOnnx, quantizedOnnx } from '@octet/onnx'
import { chromium } from 'playwright-core'
import { beforeAll, describe, expect, test } from 'vitest'
import { findBrowser } from '../../../apps/report/test/browser/find.ts'
import { GRAPHS } from '../../onnx/test/graphs.ts'
import { quantized, samplesOf } from '../../onnx/test/quantized/models.ts'
import { makeCertificate } from '../src/certificate/make.ts'
import { prove } from '../src/certificate/prove.ts'
import { RUNTIMES_FOLDER } from '../src/certificate/runtime/install.ts'
import { openOnnxRuntime } from '../src/certificate/runtime/onnxruntime.ts'
import { inFolder, setUp } from './session.ts'

const INSTALLED = existsSync(join(RUNTIMES_FOLDER, 'node_modules', '.package-lock.json'))
const found = INSTALLED ? await findBrowser() : { missing: 'no runtime' }
const without = INSTALLED ? '' : ` (skipped: npm ci --ignore-scripts in ${RUNTIMES_FOLDER})`
const noBrowser = 'missing' in found ? ` (skipped: ${found.missing})` : ''
const WEIGHT = 'hidden.weight.quantized'

let cwd = ''
beforeAll(async () => {
  cwd = setUp()
  await inFolder(cwd, 'quantize', 'points', '--out', 'a.onnx', '--calibration', 'minmax')
  const bytes = readFileSync(join(cwd, 'a.onnx'))
  // In a TensorProto the name stands right before raw_data, whose tag and length are a byte each.
  bytes[bytes.lastIndexOf(WEIGHT) + WEIGHT.length + 2] ^= 0x20
  writeFileSync(join(cwd, 'b.onnx'), bytes)
})

describe.skipIf(!INSTALLED)(`ONNX Runtime${without}`, () => {
  test.each(['ort-node', 'ort-web'])(
    'as %s is proven, and refuted where one weight is another',
    async (runtime) => {
      const right = await inFolder(cwd, 'verify', 'a.onnx', '--runtime', runtime)
      expect(right.stdout).toMatch(
        /^onnxruntime-(node|web) [\d.]+ computes the certified integers: the outputs of 8/,
      )
      expect(right.code).toBe(0)
      const wrong = ['b.onnx', 'a.certificate.json', '--another-model', '--runtime', runtime]
      const { code, stdout } = await inFolder(cwd, 'verify', ...wrong)
      expect(stdout).toContain(
        'differs from the certificate: tensor "r.quantized" (Gemm), input 0, element [0, ',
      )
      expect(code).toBe(1)
    },
  )

  test('computes what the certificates of graphs of all ops say', async () => {
    const runtime = await openOnnxRuntime('onnxruntime-node')
    for (const graph of GRAPHS) {
      const bytes = encodeOnnx(quantizedOnnx(await quantized(graph), { target: 'ort' }))
      const { data } = samplesOf(graph, 31, 1)
      const inputs = [
        { name: 'x', dtype: 'float32', shape: [1, ...graph.inputs[0].shape], vectors: [data] } as const,
      ]
      const certificate = makeCertificate({ name: graph.name, bytes, inputs, of: 'evaluation', version: '1' })
      const verdict = await prove(certificate, bytes, runtime, () => {})
      expect(verdict, graph.name).toMatchObject({
        holds: true,
        tensors: { compared: certificate.tensors.length },
      })
    }
  })

  test.skipIf('missing' in found)(`in a web page says the same${noBrowser}`, async () => {
    if ('missing' in found) return
    const web = join(RUNTIMES_FOLDER, 'node_modules/onnxruntime-web/dist')
    const server = createServer(({ url = '/' }, response) => {
      const { pathname } = new URL(url, 'http://localhost')
      const [, folder, file] = /^\/(ort\/)?(.*)$/.exec(pathname)!
      const of = folder !== undefined ? web : file === 'verify.html' ? RUNTIMES_FOLDER : cwd
      const type = file.endsWith('.html')
        ? 'text/html'
        : file.endsWith('js')
          ? 'text/javascript'
          : 'application/wasm'
      readFile(join(of, file)).then(
        (body) => response.writeHead(200, { 'content-type': type }).end(body),
        () => response.writeHead(404).end(),
      )
    })
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
    const { executablePath, env } = found
    const browser = await chromium.launch({
      timeout: 0,
      executablePath,
      env: { ...process.env, ...env },
      args: ['--no-sandbox', '--disable-background-networking', '--no-first-run'],
    })
    try {
      const page = await browser.newPage()
      page.setDefaultTimeout(0)
      const { port } = server.address() as AddressInfo
      const said = async (model: string): Promise<string> => {
        await page.goto(`http://127.0.0.1:${port}/verify.html?model=${model}`)
        const answer = page.locator('#answer', { hasNotText: /^running$/ })
        return (await answer.textContent()) ?? ''
      }
      expect(await said('a.onnx')).toBe('equal: 3 tensors for 8 inputs')
      writeFileSync(join(cwd, 'b.certificate.json'), readFileSync(join(cwd, 'a.certificate.json')))
      expect(await said('b.onnx')).toBe('different\nthe certificate is that of another file')
      expect(await said('b.onnx&another')).toMatch(
        /^different\ntensor r\.quantized \(Gemm\), input 0, element \d+: \d+ in/,
      )
    } finally {
      await browser.close()
      server.close()
    }
  })
})
