import { OctetError, type DeviceTensor, type StepList } from '@octet/core'
import { hash } from '../cache/hash.ts'
import type { Dispatch } from '../device/prepared.ts'
import { storageOf } from '../device/storage.ts'
import { nameOf } from '../ops/kernel.ts'
import { subgroupSize, type Target } from '../wgsl/target.ts'
import { chain, INLINED, isLinkable, type Chain, type ChainTile } from './chain.ts'
import { alone, isForOneWorkgroup, partsOf, type Compilation, type Option, type Part } from './parts.ts'
import { Program } from './program.ts'
import type { Site } from './site.ts'
import { storagesOf } from './storage.ts'

/** Invocations of a workgroup that computes a chain by itself on a GPU. */
const ONE_WORKGROUP = 256

/** What decides on how steps are joined. */
export type Ground = Pick<Site, 'plans' | 'target'> & { readonly device: Pick<GPUDevice, 'limits'> }

/** Names of the ways to join the steps of a program, the default first. */
export function compilations(list: StepList, ground: Ground): readonly Compilation[] {
  const isSmall = isForOneWorkgroup(list)
  const isWhole = isSmall && layOut(list, ground, 'whole').parts[0].by === 'one workgroup'
  return isWhole ? ['joined', 'list', 'whole'] : ['joined', 'list']
}

/**
 * The time that a software adapter takes for a chain of n steps is about this many ms times n squared, because it
 * compiles the chain as one function. Measured on lavapipe, Mesa 25: 96 to 158 for chains of 7 to 18 steps.
 */
const SOFTWARE_COMPILE_MS = 120

/** The compilations that are worth a trial within a budget in ms: those that are compiled in that time. */
export function affordable(list: StepList, ground: Ground, budgetMs: number): readonly Compilation[] {
  const names = compilations(list, ground)
  const wholeMs = ground.target.software ? SOFTWARE_COMPILE_MS * list.steps.length ** 2 : 0
  return wholeMs <= budgetMs ? names : names.filter((name) => name !== 'whole')
}

/** What a known choice belongs to: the program without its numbers, and the shaders of all ways to join its steps. */
export function programKey(list: StepList, ground: Ground): string {
  const wiring = list.steps.map(({ spec, inputs, output }) => [spec, inputs, output])
  const { options } = layOut(list, ground, 'list')
  const shaders = options.map(({ link }) => link?.code ?? '')
  return `program of ${list.steps.length} steps #${hash(JSON.stringify([wiring, list.read, shaders]))}`
}

/** The shaders of the chains of a program. */
export function shadersOf(list: StepList, ground: Ground, compilation: Compilation): readonly string[] {
  const { options, parts, owners } = layOut(list, ground, compilation)
  return parts
    .filter(({ by }) => by !== 'kernel')
    .map((part) => chainOf(options, part, owners, ground.target).chained.code)
}

/** The dispatches of a program by a compilation, and whose storage each tensor lies in. */
export function layOut(
  list: StepList,
  ground: Ground,
  compilation: Compilation,
): {
  readonly options: readonly Option[]
  readonly parts: readonly Part[]
  readonly owners: readonly number[]
} {
  const options = optionsOf(list, ground)
  const parts = fitting(list, options, partsOf(options, compilation), ground)
  return { options, parts, owners: storagesOf(list, parts) }
}

/** Prepares a program. @throws OctetError for a compilation that it has not, and what the device throws. */
export async function compile(list: StepList, site: Site, compilation?: string): Promise<Program> {
  const names = compilations(list, site)
  const name = compilation === undefined ? names[0] : names.find((one) => one === compilation)
  if (name === undefined)
    throw new OctetError(
      `there is no compilation "${compilation}" of this program; there is ${names.join(', ')}`,
    )
  const { options, parts, owners } = layOut(list, site, name)
  const { kernels } = site
  const tensors: DeviceTensor[] = []
  const releases: (() => void)[] = []
  try {
    for (const [index, spec] of list.tensors.entries())
      if (owners[index] === index) {
        tensors[index] = kernels.alloc(spec)
        releases.push(() => kernels.free(tensors[index]))
      }
    for (const [index, spec] of list.tensors.entries())
      if (owners[index] !== index) tensors[index] = kernels.alloc(spec, tensors[owners[index]])
    for (const [index, value] of list.fixed) await kernels.write(tensors[index], value)
    const dispatches: Dispatch[] = []
    const ends: (GPUBuffer | undefined)[] = []
    const variants: string[] = []
    let constantBytes = 0
    for (const part of parts) {
      const made = await (part.by === 'kernel'
        ? single(list, part, tensors, site)
        : joined(options, part, tensors, owners, site))
      releases.push(made.release)
      dispatches.push(made.dispatch)
      ends.push(made.end)
      variants.push(made.variant)
      constantBytes += made.constantBytes
    }
    return new Program(site, {
      compilation: name,
      parts: parts.map(({ from, to }, i) => ({ steps: to - from, variant: variants[i] })),
      dispatches,
      ends,
      tensors,
      list,
      constantBytes,
      activationBytes: tensors.reduce((sum, { capacity }, i) => sum + (owners[i] === i ? capacity : 0), 0),
      release: () => releases.forEach((release) => release()),
    })
  } catch (error) {
    for (const release of releases) release()
    throw error
  }
}

/** A part as it is started. */
interface Made {
  readonly dispatch: Dispatch
  /** The scalars of a chain, which say how many of its steps run. */
  readonly end?: GPUBuffer
  readonly variant: string
  readonly constantBytes: number
  readonly release: () => void
}

async function single(
  { steps }: StepList,
  { from }: Part,
  tensors: readonly DeviceTensor[],
  { kernels }: Site,
): Promise<Made> {
  const { spec, constants, inputs, output } = steps[from]
  const op = await kernels.prepare(spec, constants)
  return {
    dispatch: op.on(
      inputs.map((index) => tensors[index]),
      tensors[output],
    ),
    variant: op.variant,
    constantBytes: op.constantBytes,
    release: () => kernels.release(op),
  }
}

async function joined(
  options: readonly Option[],
  part: Part,
  tensors: readonly DeviceTensor[],
  owners: readonly number[],
  { device, target, pipelines, faults, wait }: Site,
): Promise<Made> {
  const { chained, buffers } = chainOf(options, part, owners, target)
  const what = `${part.to - part.from} steps from ${nameOf(options[part.from].spec)}`
  const types = [...buffers.map(() => 'storage' as const), 'read-only-storage' as const, 'uniform' as const]
  const pipeline = await wait(pipelines.get(chained.code, types, what))
  const { constants, scalars } = chained.pack()
  const made = faults.scoped(`constants of ${what}`, () =>
    [
      { bytes: constants, usage: GPUBufferUsage.STORAGE },
      { bytes: scalars, usage: GPUBufferUsage.UNIFORM },
    ].map(({ bytes, usage }) => {
      const buffer = device.createBuffer({ size: bytes.byteLength, usage: usage | GPUBufferUsage.COPY_DST })
      device.queue.writeBuffer(buffer, 0, bytes)
      return buffer
    }),
  )
  const bound = [...buffers.map((owner) => storageOf(tensors[owner]).buffer), ...made]
  const group = faults.scoped(what, () =>
    device.createBindGroup({
      layout: pipeline.getBindGroupLayout(0),
      entries: bound.map((buffer, binding) => ({ binding, resource: { buffer } })),
    }),
  )
  await faults.settle()
  return {
    dispatch: { pipeline, group, workgroups: chained.workgroups },
    end: made[1],
    variant: part.by === 'one workgroup' ? 'one workgroup' : 'joined by pixels',
    constantBytes: constants.byteLength + scalars.byteLength,
    release: () => made.forEach((buffer) => buffer.destroy()),
  }
}

/** The steps of a program with the kernel that each has in a chain: the fastest that suits. */
function optionsOf({ steps }: StepList, { plans, target }: Ground): readonly Option[] {
  const threads = chainThreads(target)
  return steps.map(({ spec, constants, inputs, output }) => {
    const choices = plans.of(spec)
    const usable = 'reason' in choices ? [] : plans.byPreference(spec, choices)
    const link = usable.map((choice) => choice.build()).find((kernel) => isLinkable(kernel, threads))
    return { spec, constants, inputs, output, link }
  })
}

/** A CPU adapter runs a subgroup as one vector, so a workgroup of one subgroup waits for nobody. */
function chainThreads(target: Target): number {
  return (target.software ? subgroupSize(target) : undefined) ?? 64
}

function tileOf(by: Part['by'], target: Target): ChainTile {
  const threads = chainThreads(target)
  if (typeof by === 'object') return { threads, pixels: by.pixels }
  return { threads: target.software ? threads : Math.min(ONE_WORKGROUP, target.limits.invocations) }
}

function chainOf(
  options: readonly Option[],
  { from, to, by, inlines }: Part,
  owners: readonly number[],
  target: Target,
): { readonly chained: Chain; readonly buffers: readonly number[] } {
  const steps = options.slice(from, to)
  const passed = inlines === true ? steps[0].output : undefined
  const touched = steps.flatMap(({ inputs, output }) => [...inputs, output]).filter((one) => one !== passed)
  const buffers = [...new Set(touched.map((index) => owners[index]))]
  const at = (index: number): number => (index === passed ? INLINED : buffers.indexOf(owners[index]))
  const links = steps.map(({ spec, constants, link, inputs, output }) => ({
    title: nameOf(spec),
    kernel: link!,
    constants,
    inputs: inputs.map(at),
    output: output === passed ? undefined : at(output),
  }))
  return { chained: chain(links, tileOf(by, target)), buffers }
}

/** The parts, but steps one by one in the place of chains that bind more than the device can. */
function fitting(
  list: StepList,
  options: readonly Option[],
  parts: readonly Part[],
  ground: Ground,
): readonly Part[] {
  const owners = storagesOf(list, parts)
  const fits = (part: Part): boolean => {
    if (part.by === 'kernel') return true
    if (options.slice(part.from, part.to).some(({ link }) => link === undefined)) return false
    const { chained } = chainOf(options, part, owners, ground.target)
    const { maxStorageBuffersPerShaderStage, maxUniformBufferBindingSize } = ground.device.limits
    return (
      chained.buffers + 1 <= maxStorageBuffersPerShaderStage &&
      chained.scalarBytes <= maxUniformBufferBindingSize &&
      ground.plans.tooLarge(chained.constantBytes) === undefined
    )
  }
  const kept = parts.flatMap((part) => (fits(part) ? part : alone(part.from, part.to)))
  return kept.length === parts.length ? kept : fitting(list, options, kept, ground)
}
