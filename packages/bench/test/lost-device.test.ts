import { isDevice, type KernelDevice, overlay, type TensorSpec } from '@octet/core'
import { Random } from '@octet/core/statistics'
import { recommend } from '@octet/results'
import { expect, test, vi } from 'vitest'
import { discoverKernels } from '../src/discover/kernels.ts'
import { RenewableDevice } from '../src/discover/renewable.ts'
import { workspaceRoot } from '../src/discover/workspace.ts'
import { type Reporter, SILENT } from '../src/show/reporter.ts'
import { cellsOf, deviceWith, runOf } from './little-sweep.ts'

/** When a device is lost: told of every call, with what it writes or reads. */
type Trigger = (call: 'submit' | 'time' | 'read', tensors: readonly TensorSpec[]) => boolean

const LOST = new Error('device fragile was lost (unknown): the driver was reset')

/** A device that is lost for good at a call that the trigger picks: from then on every call fails. */
function fragile(trigger: Trigger, thrown: unknown): KernelDevice {
  let lost = false
  const whole = deviceWith('fragile', {})
  const check = (...told: Parameters<Trigger>): void => {
    lost ||= trigger(...told)
    if (lost) throw thrown
  }
  const outputs = (steps: readonly { output: { spec: TensorSpec } }[]): TensorSpec[] =>
    steps.map(({ output }) => output.spec)
  return deviceWith('fragile', {
    submit: async (steps) => {
      check('submit', outputs(steps))
      return whole.submit(steps)
    },
    time: async (steps, repeats) => {
      check('time', outputs(steps))
      return whole.time(steps, repeats)
    },
    read: async (source) => {
      check('read', [source.spec])
      return whole.read(source)
    },
  })
}

function renewable(
  trigger: Trigger,
  lost: { readonly thrown: unknown } = { thrown: LOST },
  reporter: Reporter = SILENT,
): { device: RenewableDevice; opened: () => number } {
  let opened = 1
  const open = async (): Promise<KernelDevice> => {
    opened++
    return fragile(trigger, lost.thrown)
  }
  const device = new RenewableDevice('k', fragile(trigger, lost.thrown), open, { reporter })
  return { device, opened: () => opened }
}

function inHalves(tensors: readonly TensorSpec[]): boolean {
  return tensors.some(({ dtype }) => dtype === 'float16')
}

const PRECISIONS = { precisions: ['fp32', 'fp16', 'int8'] } as const

test('a program that loses the device fails by itself: the others are timed on a fresh one', async () => {
  const { device, opened } = renewable((call, tensors) => call === 'time' && inHalves(tensors))
  const [fp32, fp16, int8] = await cellsOf([device], PRECISIONS)
  expect(fp16).toMatchObject({
    status: 'failed',
    reason: expect.stringContaining('fragile was lost') as string,
  })
  expect(fp16.task?.samples).toBe(30)
  for (const cell of [fp32, int8]) {
    expect(cell.latency?.samples.length).toBeGreaterThan(5)
    expect(cell.task?.device).toBe('k/fragile')
  }
  expect(int8.latency?.vsFp32?.ratio).toBeGreaterThan(0)
  expect(opened()).toBe(2)
})

test('a precision that loses the device on trial fails, and the next finds a fresh one', async () => {
  const { device } = renewable((call, tensors) => call === 'submit' && inHalves(tensors))
  const [fp32, fp16, int8] = await cellsOf([device], PRECISIONS)
  expect(fp16.status).toBe('failed')
  expect(fp16.task?.device).toBe('reference/reference')
  for (const cell of [fp32, int8]) {
    expect(cell.status).not.toBe('failed')
    expect(cell.latency).toBeDefined()
  }
})

test('a loss in the middle of an evaluation costs a repetition, and no cell', async () => {
  let whole = 0
  // One whole batch is read in each precision's trial; the fourth is FP32's evaluation.
  const { device, opened } = renewable(
    (call, [{ shape }]) => call === 'read' && shape[0] === 30 && ++whole === 4,
  )
  const cells = await cellsOf([device], PRECISIONS)
  expect(opened()).toBe(2)
  expect(cells).toHaveLength(3)
  for (const { status, task } of cells) {
    expect(status).not.toBe('failed')
    expect(task?.device).toBe('k/fragile')
  }
})

test('a device that is lost over and over is given up, and the sweep comes to its end with every reason', async () => {
  let submissions = 0
  const { device, opened } = renewable((call) => call === 'submit' && ++submissions % 3 === 0)
  const cells = await cellsOf([device], PRECISIONS)
  expect(cells).toHaveLength(3)
  for (const { status, reason, task } of cells) {
    expect(status).toBe('failed')
    expect(reason).toMatch(/lost/)
    expect(task?.samples).toBe(30)
  }
  expect(opened()).toBeLessThan(12)
})

test('a device that does not open again says so, after what had happened', async () => {
  const device = new RenewableDevice(
    'k',
    fragile((call) => call === 'time', LOST),
    async () => ({
      unavailable: 'the adapter is gone',
      mend: 'plug it in',
    }),
  )
  const [fp32, int8] = await cellsOf([device])
  expect(fp32.reason).toContain('fragile was lost')
  expect(int8.reason).toMatch(/k\/fragile did not open again after ".*lost.*": the adapter is gone/)
  expect(int8.task?.device).toBe('reference/reference')
})

/** In the first tier a few of the devices; all of them with OCTET_TESTS=long. */
const DEVICES = process.env['OCTET_TESTS'] === 'long' ? 20 : 3

/** What drivers and packages throw when a device goes: not all of it says anything. */
const LOSSES: readonly unknown[] = [
  new Error('device fragile was lost (unknown): the driver was reset'),
  new Error(''),
  new Error('  \n'),
  'lost',
  '',
  undefined,
  null,
  { code: 7 },
  Object.assign(new Error('x'), { message: undefined }),
  new Proxy(new Error('lost'), {
    get: () => {
      throw new Error('not even this can be read')
    },
  }),
]

test(`${DEVICES} devices lost at any call leave each cell right or with a reason, and no wrong advice`, async () => {
  let calls = 0
  const counting = renewable(() => calls++ < 0)
  const whole = await runOf([counting.device], PRECISIONS)
  const right = new Map(whole.cells.map((cell) => [cell.key, cell]))
  const random = new Random(5)
  for (let loss = 0; loss < DEVICES; loss++) {
    const at = random.below(calls)
    const thrown = LOSSES[loss % LOSSES.length]
    let call = 0
    const lines: string[] = []
    const reporter = { ...SILENT, log: (line: string) => void lines.push(line) }
    const { device, opened } = renewable(() => call++ === at, { thrown }, reporter)
    const run = await runOf([device], PRECISIONS)
    // How many calls a run makes depends on how steady its times are: another one may make fewer.
    if (call <= at) {
      loss--
      continue
    }
    expect(run.cells.map(({ key }) => key)).toEqual([...right.keys()])
    expect(opened()).toBe(2)
    expect(lines.join('\n')).toMatch(/k\/fragile was opened again after a fault: \S/)
    for (const cell of run.cells) {
      const { task, fidelity, memory } = right.get(cell.key)!
      if (cell.status === 'failed') expect(cell.reason).toMatch(/\S/)
      else expect(cell).toMatchObject({ task, memory, ...(fidelity && { fidelity }) })
    }
    for (const { cell } of recommend(run).choices)
      if (cell !== undefined) expect(cell.task).toEqual(right.get(cell.key)!.task)
  }
})

test('times that there are not fail their cell by name, and the run is read again', async () => {
  const whole = deviceWith('odd', {})
  for (const ns of [NaN, -1, Infinity]) {
    const odd = deviceWith('odd', {
      time: async (steps, repeats) => {
        const told = await whole.time(steps, repeats)
        return inHalves(steps.map(({ output }) => output.spec))
          ? { ...told, ns: told.ns.map(() => ns) }
          : told
      },
    })
    const [fp32, fp16, int8] = await cellsOf([new RenewableDevice('k', odd, async () => odd)], PRECISIONS)
    expect(fp16).toMatchObject({
      status: 'failed',
      reason: expect.stringContaining(`says that it took ${ns} ns`) as string,
    })
    for (const cell of [fp32, int8]) expect(cell.latency?.samples.length).toBeGreaterThan(5)
  }
})

test('figures that no results file holds fail their cells by name, and the run is read again', async () => {
  const whole = deviceWith('odd', {})
  const odd = deviceWith('odd', {
    alloc: (spec, reuse) => {
      const made = whole.alloc(spec, reuse)
      return Object.assign(made, { capacity: made.capacity + 0.1 })
    },
  })
  const cells = await cellsOf([new RenewableDevice('k', odd, async () => odd)], PRECISIONS)
  expect(cells).toHaveLength(3)
  for (const { status, reason } of cells) {
    expect(status).toBe('failed')
    expect(reason).toMatch(/cannot be recorded, at memory\.deviceBytes: /)
  }
})

const { found } = await discoverKernels([workspaceRoot()])
const webgpu = found.find(({ kernels }) => kernels.id === 'webgpu')
const host = { runtime: 'node', adapter: 'software' } as const
const probe = await webgpu?.kernels.open(host)
const real = probe !== undefined && isDevice(probe)
if (real) await probe.dispose()
const reason = real
  ? ''
  : ` (skipped: ${probe === undefined ? 'no kernels called webgpu' : probe.unavailable})`

interface Adapter {
  requestDevice: (wanted: object) => Promise<{ destroy(): void }>
}

test.skipIf(!real)(
  `a real adapter whose device is destroyed in the middle is opened again${reason}`,
  async () => {
    const { kernels } = webgpu!
    const devices: { destroy(): void }[] = []
    const { GPUAdapter } = globalThis as unknown as { GPUAdapter: { prototype: Adapter } }
    const { requestDevice } = GPUAdapter.prototype
    vi.spyOn(GPUAdapter.prototype, 'requestDevice').mockImplementation(async function (
      this: Adapter,
      wanted,
    ) {
      const device = await requestDevice.call(this, wanted)
      devices.push(device)
      return device
    })
    const opened = await RenewableDevice.open(kernels, host, { reporter: SILENT })
    if (!(opened instanceof RenewableDevice)) throw new Error(opened.unavailable)
    const first = opened.device
    const compile = first.compile!.bind(first)
    let lost = false
    vi.spyOn(first, 'compile').mockImplementation(async (list, way) => {
      const compiled = await compile(list, way)
      if (!inHalves(list.steps.map(({ output }) => list.tensors[output]))) return compiled
      return overlay(compiled, {
        time: (repeats) => {
          if (!lost) devices[0].destroy()
          lost = true
          return compiled.time(repeats)
        },
      })
    })
    const [fp32, fp16, int8] = await cellsOf([opened], PRECISIONS)
    expect(fp16).toMatchObject({
      status: 'failed',
      reason: expect.stringMatching(/was lost \(destroyed\)/) as string,
    })
    for (const cell of [fp32, int8]) expect(cell.latency?.samples.length).toBeGreaterThan(5)
    expect(devices).toHaveLength(2)
  },
)
