import { type Check, OctetError, type Unavailable } from '@octet/core'
import type { Source } from '../source.ts'
import { dawnSources, loadDawn } from './dawn.ts'
import { hasSwiftShader, unpackSwiftShader, type SwiftShader } from './swiftshader.ts'
import { loadVulkan, systemManifests, withDriver } from './vulkan.ts'

/** The adapters of this machine. They are looked up once per process. */
export interface Discovery {
  readonly sources: readonly Source[] | Unavailable
  readonly checks: readonly Check[]
  /** Notices for the user even if a device opens. */
  readonly notices: readonly string[]
}

let discovery: Promise<Discovery> | undefined

/** Finds the adapters that Dawn reaches: those of the system's drivers, then the embedded SwiftShader. */
export function discover(): Promise<Discovery> {
  discovery ??= look()
  return discovery
}

const SWIFTSHADER = 'embedded SwiftShader'

const LAVAPIPE =
  'A faster software adapter, on Debian 12 with its backports suite added: ' +
  'apt-get install -t bookworm-backports mesa-vulkan-drivers'

async function look(): Promise<Discovery> {
  const checks: Check[] = []
  const notices: string[] = []
  const embedded = hasSwiftShader ? await unpack(checks, notices) : undefined
  const manifests = process.platform === 'linux' ? await vulkan(embedded, checks) : []
  let dawn
  try {
    dawn = await loadDawn()
  } catch (error) {
    const absent = isAbsent(error)
    const unavailable = absent
      ? 'the Dawn binding (npm package webgpu) is not installed'
      : `the Dawn binding (npm package webgpu) does not load: ${firstLine(error)}`
    const mend = absent
      ? 'Install it: npm install --save-dev webgpu'
      : 'Reinstall dependencies here; the binding has builds for Linux, ' +
        `macOS and Windows, and this is ${process.platform} ${process.arch}.`
    checks.push({ subject: 'Dawn binding', ok: false, detail: unavailable, mend })
    return { sources: { unavailable, mend }, checks, notices }
  }
  checks.push({ subject: 'Dawn binding', ok: true, detail: 'npm package webgpu loads' })

  const seesSystem = process.platform !== 'linux' || manifests.length > 0
  const system = seesSystem ? await dawnSources(dawn, (work) => work()) : []
  const own =
    embedded === undefined ? [] : await dawnSources(dawn, (work) => withDriver(embedded.manifest, work))
  const sources = [...system, ...own.filter(({ name }) => system.every((other) => other.name !== name))]
  if (sources.length > 0) return { sources, checks, notices }
  const unavailable = 'no WebGPU adapter was found: no driver of this machine has a device'
  const lacking = checks.find(({ subject, ok }) => subject === SWIFTSHADER && !ok)
  return {
    sources:
      lacking === undefined
        ? { unavailable, mend: 'Install the driver of your GPU, or a software adapter: mesa-vulkan-drivers.' }
        : { unavailable: `${unavailable}, and ${lacking.detail}`, mend: lacking.mend! },
    checks,
    notices,
  }
}

async function unpack(checks: Check[], notices: string[]): Promise<SwiftShader | undefined> {
  const subject = SWIFTSHADER
  try {
    const files = await unpackSwiftShader()
    checks.push({ subject, ok: true, detail: `unpacked at ${files.manifest}` })
    return files
  } catch (error) {
    const detail = isAbsent(error)
      ? 'npm packages @sparticuz/chromium and tar-fs are not installed'
      : firstLine(error)
    const mend =
      error instanceof OctetError
        ? error.mend!
        : isAbsent(error)
          ? 'For a software adapter: npm install --save-dev @sparticuz/chromium tar-fs'
          : 'install dependencies again'
    checks.push({ subject, ok: false, detail, mend })
    // A user who did not install it needs no notice.
    if (!isAbsent(error)) notices.push(`${subject} is left out: ${detail}. ${mend}`)
    return undefined
  }
}

/** Loads a Vulkan loader and returns the driver manifests that it will read. */
async function vulkan(embedded: SwiftShader | undefined, checks: Check[]): Promise<readonly string[]> {
  const system = loadVulkan('libvulkan.so.1')
  const own = system !== undefined && embedded !== undefined ? loadVulkan(embedded.loader) : system
  checks.push({
    subject: 'Vulkan loader',
    ok: own === undefined,
    detail:
      system === undefined ? 'libvulkan.so.1 of the system' : own === undefined ? 'the embedded one' : own,
    ...(own !== undefined && { mend: 'Install one: apt-get install libvulkan1' }),
  })
  const manifests = await systemManifests()
  const lavapipe = manifests.some((path) => path.includes('lvp_icd'))
  checks.push({
    subject: 'Vulkan drivers',
    ok: manifests.length > 0,
    detail: manifests.length > 0 ? manifests.join(', ') : 'none installed',
    ...(!lavapipe && { mend: LAVAPIPE }),
  })
  return manifests
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n', 1)[0]
}

/** Whether the fault is that an optional package is not installed. */
function isAbsent(error: unknown): boolean {
  return (error as NodeJS.ErrnoException | undefined)?.code === 'ERR_MODULE_NOT_FOUND'
}
