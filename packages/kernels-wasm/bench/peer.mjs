// onnxruntime-web on WebAssembly, from its own folder and lockfile: installed at first use, never by the workspace.
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const folder = fileURLToPath(new URL('peer', import.meta.url))

export async function openPeer(threads) {
  const entry = `${folder}/node_modules/onnxruntime-web/dist/ort.node.min.mjs`
  if (!existsSync(entry))
    execFileSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
      cwd: folder,
      stdio: 'inherit',
    })
  const ort = await import(entry)
  ort.env.wasm.numThreads = threads
  ort.env.logLevel = 'error'
  return ort
}

/** A session's runs: each call is one inference on the same inputs. */
export async function sessionOf(ort, model, feeds) {
  const session = await ort.InferenceSession.create(model, {
    executionProviders: ['wasm'],
    graphOptimizationLevel: 'all',
  })
  const held = Object.fromEntries(
    Object.entries(feeds).map(([name, { dtype, shape, data }]) => [name, new ort.Tensor(dtype, data, shape)]),
  )
  return { run: () => session.run(held), inputNames: session.inputNames }
}
