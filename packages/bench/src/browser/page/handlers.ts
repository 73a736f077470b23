import {
  type DeviceInfo,
  type Execution,
  type Host,
  type KernelDevice,
  type OpSpec,
  type Program,
  referencePackage,
  type Samples,
  type Tensor,
  type Tuned,
  type Unavailable,
} from '@octet/core'
import { type CaseResult, casesNamed } from '@octet/core/conformance'
import type { Effort } from '@octet/core/statistics'
import { checkOpened, kernelsIn } from '../../discover/import.ts'
import { openKernels } from '../../discover/open-kernels.ts'
import { jobsOn, type Loaded, type Support } from '../../measure/jobs.ts'
import type { Inputs, KeyedProgram, Timed } from '../../measure/latency.ts'
import type { EndsOf, Inspected } from '../../profile/inspect.ts'
import type { Profiled } from '../../profile/profile.ts'
import { lively } from '../../supervise/lively.ts'
import { judgeCase } from '../../vet/judge.ts'
import { type Withheld, withholding } from '../../vet/withheld.ts'
import type { Desk } from '../desk.ts'
import type { Peer } from '../peer.ts'
import { throughBluntClock } from './blunt-clock.ts'
import { facts, type Facts } from './facts.ts'

/** The functions that load each package, by its npm name. */
export type Loaders = Readonly<Record<string, () => Promise<unknown>>>

/** The requests that a page answers. `open` must come first: it opens the page's only device. */
export type Page = {
  facts(): Promise<Facts>
  /** Opens the device of a package. The name is its npm name or `reference`. */
  open(name: string, host: Omit<Host, 'warn'>): Promise<{ readonly info: DeviceInfo } | Unavailable>
  /** Makes the device decline these ops from now on. */
  withhold(withheld: readonly Withheld[]): void
  judge(name: string): Promise<Pick<CaseResult, 'status' | 'detail'>>
  supports(specs: readonly OpSpec[]): Promise<readonly Support[]>
  tune(programs: readonly Program[], budgetMs: number): Promise<readonly Tuned[]>
  load(program: Program): Promise<{ readonly id: number } & Pick<Execution, 'fallbackOps'>>
  run(id: number, x: Samples): Promise<Tensor<'float32'>>
  unload(id: number): Promise<void>
  /** With `looks`, the desk inspects each program. */
  time(
    programs: readonly KeyedProgram[],
    inputs: Pick<Inputs, 'sample' | 'drawn'>,
    looks: boolean,
    effort: Effort,
  ): Promise<readonly Timed[]>
  /** Runs the program that the desk inspects. */
  runInspected(x: Samples): Promise<Tensor<'float32'>>
  profile(ends: EndsOf, budgetNs: number): Promise<Profiled | undefined>
  dispose(): Promise<void>
}

/** The shortest time between two of the page's signs of life. */
const ALIVE_MS = 500

/** A page's handlers. `desk` returns the other side after the connection is open. */
export function handlersFor(loaders: Loaders, desk: () => Peer<Desk>): Page {
  let device: KernelDevice | undefined
  let loads = 0
  const loaded = new Map<number, Loaded>()
  let subject: Inspected | undefined
  let told = 0
  const opened = (): KernelDevice => {
    if (device === undefined) throw new Error('the page has no device')
    return device
  }
  const alive = (): void => {
    const now = performance.now()
    if (now - told < ALIVE_MS) return
    told = now
    desk().tell('alive')
  }
  return {
    facts,
    open: async (name, host) => {
      const kernels = name === referencePackage.id ? referencePackage : await kernelsIn(loaders[name])
      if (typeof kernels === 'string') return { unavailable: kernels, mend: 'Fix the package' }
      const found = await openKernels(kernels, { ...host, warn: (text) => desk().tell('warn', text) })
      if ('unavailable' in found) return found
      const checked = checkOpened(found)
      if (typeof checked === 'string') return { unavailable: checked, mend: 'Fix the package' }
      device = throughBluntClock(lively(found, alive))
      return { info: found.info }
    },
    withhold: (withheld) => {
      device = withholding(opened(), withheld)
    },
    judge: async (name) => {
      const [one] = casesNamed([name])
      return judgeCase(opened(), one, true)
    },
    supports: (specs) => jobsOn(opened()).supports(specs),
    tune: (programs, budgetMs) => jobsOn(opened()).tune(programs, budgetMs),
    load: async (program) => {
      const execution = await jobsOn(opened()).load(program)
      const id = loads++
      loaded.set(id, execution)
      return { id, fallbackOps: execution.fallbackOps }
    },
    run: (id, x) => loaded.get(id)!.run(x),
    unload: async (id) => {
      await loaded.get(id)!.dispose()
      loaded.delete(id)
    },
    time: async (programs, inputs, looks, effort) => {
      let last: string | undefined
      const onTurn = (key: string): void => {
        if (key !== last) desk().tell('turn', key)
        last = key
      }
      const inspect = async (key: string, one: Inspected): Promise<void> => {
        subject = one
        await desk().call('inspect', key)
      }
      return jobsOn(opened()).time(programs, { ...inputs, onTurn, ...(looks && { inspect }) }, effort)
    },
    runInspected: (x) => subject!.run(x),
    profile: (ends, budgetNs) => subject!.profile(ends, budgetNs),
    dispose: async () => device?.dispose(),
  }
}
