import type { Tensor } from '../tensor/tensor.ts'
import type { OpSpec } from '../ops/list.ts'
import type { Constants, TensorSpec } from '../ops/spec.ts'
import type { CompiledProgram, StepList } from './compiled.ts'
import type { Timing } from './timing.ts'

/** The contract version for which a kernel package is written. */
export const CONTRACT = 1

/** The machine where kernels run, and the requested adapter. */
export interface Host {
  readonly runtime: 'node' | 'browser'
  /** `auto`, `hardware`, `software`, or a text that the adapter's id or name must contain. */
  readonly adapter: string
  /**
   * Takes a notice for the user: a sentence about something that does not affect the result, such as a cache that
   * cannot be written. A package may give the same text many times; the user reads it once. If it is left out, nobody
   * reads notices.
   */
  readonly warn?: (text: string) => void
}

/**
 * The prefix of `DeviceInfo.modes.fp32` on a device that rounds a product and its sum once. Such floats are within the
 * kit's bounds, but their bits depend on engine and CPU. The device is timed, but never used for accuracy.
 */
export const FUSED = 'fused: '

/** The identity of a device. Reports show it, and timings are compared only within one identity. */
export interface DeviceInfo {
  /** A short and stable name for `--adapter`, such as `swiftshader`. */
  readonly id: string
  readonly name: string
  readonly vendor: string
  readonly architecture: string
  readonly backend: string
  readonly driver: string
  /** True when the arithmetic runs on the CPU. */
  readonly software: boolean
  readonly features: readonly string[]
  /**
   * How the device computes each precision, as a phrase (`native shader-f16`, `packed halves, f32 arithmetic`,
   * `dot4I8Packed`), and other facts that decide speed: `subgroupSize`. `arithmetic` is the result of the probe
   * (`probed`).
   */
  readonly modes: Readonly<Record<string, string>>
}

/** The reason why a package cannot open on this machine, and the command or step that mends it. */
export interface Unavailable {
  readonly unavailable: string
  readonly mend: string
}

/** One check of `octet doctor`. */
export interface Check {
  readonly subject: string
  readonly ok: boolean
  readonly detail: string
  readonly mend?: string
}

/**
 * The default export of a package whose package.json has `"octet": { "kernels": "./dist/index.js" }`. A package may
 * support some ops only: an op that `supports` declines runs on the reference, and the result names it.
 */
export interface KernelPackage {
  readonly id: string
  readonly contract: typeof CONTRACT
  open(host: Host): Promise<KernelDevice | Unavailable>
  /** Every adapter on this machine that `open` accepts, best first. If it is left out, the package has one device. */
  adapters?(host: Host): Promise<readonly DeviceInfo[]>
  /** For `octet doctor`: the parts that the package found, and the parts that are missing. */
  diagnose?(host: Host): Promise<readonly Check[]>
}

/** A tensor that lives on a device. */
export interface DeviceTensor {
  readonly spec: TensorSpec
  /** The bytes of the tensor's storage, with padding; at least `device.byteLength(spec)`. */
  readonly capacity: number
}

/** A compiled op with its constants on the device. `prepare` makes it; it is opaque to all callers. */
export interface PreparedOp {
  readonly spec: OpSpec
  /** The name of the op's variant, if the device has several. */
  readonly variant?: string
  /** The bytes of constants on the device: packed weights, biases, tables. */
  readonly constantBytes: number
}

/** One op applied to tensors. The output is never one of the inputs. Only a view lies in the storage of an input. */
export interface Step {
  readonly op: PreparedOp
  readonly inputs: readonly DeviceTensor[]
  readonly output: DeviceTensor
}

/** The result of tuning one op on a device: its fastest correct variant. */
export interface Tuned {
  readonly spec: OpSpec
  /** Left out if the op is declined. */
  readonly variant?: string
  /**
   * `measured` now, `known` from an earlier measurement, or `default` if the budget ran out or there is no choice.
   * `declined` if no variant computes correctly; `supports` then declines the op too.
   */
  readonly source: 'measured' | 'known' | 'default' | 'declined'
  /** The median paired ratio of the default variant's time to the chosen variant's time; left out unless measured. */
  readonly ratio?: number
  /** Rejected variants: with wrong results, with a shader that does not compile, or too slow to compile. */
  readonly rejected: readonly { readonly variant: string; readonly reason: string }[]
}

/** The peak rate of micro-kernels on a device. The rates of real kernels are compared with it. */
export interface Peak {
  readonly unit: 'f32' | 'f16' | 'dot4' | 'subgroup-matrix f16' | 'subgroup-matrix int8' | 'copy'
  /** In 10^9 a second: operations (a multiply-add counts as two), or, for `copy`, bytes that are read and written. */
  readonly rate: number
  /** The program that reached the rate, such as `16 chains of vec4 fma`. */
  readonly by: string
  readonly clock: Timing['clock']
}

/** An open device. Callers make one call at a time: they await each promise before the next call. */
export interface KernelDevice {
  readonly info: DeviceInfo
  /** Whether `prepare` can build this op on this device. The check is cheap and compiles nothing. */
  supports(spec: OpSpec): true | { readonly reason: string }
  /** The bytes of storage that a tensor takes on this device, with layout padding. */
  byteLength(spec: TensorSpec): number
  /**
   * Allocates a tensor. If `reuse` is given, the tensor takes the storage of `reuse`. The caller guarantees that the
   * old contents are dead, or that the tensor is a view of them.
   * @throws OctetError if the capacity of `reuse` is too small: the tensor would overlap its neighbour.
   */
  alloc(spec: TensorSpec, reuse?: DeviceTensor): DeviceTensor
  /**
   * Support for tensors that lie side by side in another tensor's storage, so that a program takes only the bytes that
   * are alive at once. If it is left out, each tensor has its own storage, or the whole storage of a dead tensor.
   */
  readonly arena?: {
    /** Offsets must be multiples of this number of bytes. */
    readonly alignment: number
    /**
     * Makes a tensor that takes `byteLength(spec)` bytes of `storage` from `offset` on. It is freed with `storage`.
     * @throws OctetError if the tensor does not fit.
     */
    readonly place: (spec: TensorSpec, storage: DeviceTensor, offset: number) => DeviceTensor
  }
  /**
   * Whether the output of an op is a view of its first input: both have the same size and the same bytes. The output
   * may then be made with the input as `reuse`, and a step between the two takes no time. As cheap as `supports`. If it
   * is left out, no op has views.
   */
  views?(spec: OpSpec): boolean
  /** Uploads a tensor. Its dtype and shape are those of the spec of `target`. */
  write(target: DeviceTensor, data: Tensor): Promise<void>
  /** Waits for submitted work, and downloads the tensor in logical (ONNX) order. */
  read(source: DeviceTensor): Promise<Tensor>
  /**
   * Names of the variants of an op on this device, starting with the default of `prepare`. All variants compute the
   * same integers. If it is left out, each op has one variant.
   */
  variants?(spec: OpSpec): readonly string[]
  /** Compiles, and packs and uploads constants. It never runs inside a timed region. Weights are uploaded once. */
  prepare(spec: OpSpec, constants: Constants, variant?: string): Promise<PreparedOp>
  /**
   * Makes `prepare` pick the fastest correct variant of each op. Starts no new work after `budgetMs`. Returns one
   * result for each supported spec.
   */
  tune?(specs: readonly OpSpec[], options: { readonly budgetMs: number }): Promise<readonly Tuned[]>
  /**
   * Names of the ways to join the steps of a program, starting with the default of `compile`. All of them compute the
   * same integers. If it is left out, there is one way.
   */
  compilations?(list: StepList): readonly string[]
  /**
   * Makes `compile` pick the fastest way to join the steps of a program, after `tune` and within its budget. It does
   * nothing on a device that was not tuned, and takes no time for a program that is known.
   */
  tuneProgram?(list: StepList): Promise<void>
  /**
   * Prepares a program as a whole. The device must support all steps. Several steps may share a dispatch, and values
   * between them need no storage. It never runs inside a timed region. If it is left out, steps are prepared one by
   * one.
   */
  compile?(list: StepList, compilation?: string): Promise<CompiledProgram>
  /** Measures the device's peak rates. It takes seconds. */
  roofline?(): Promise<readonly Peak[]>
  /**
   * Runs the steps in order as one submission, without readback between them. Resolves when the device has taken them.
   */
  submit(steps: readonly Step[]): Promise<void>
  /** Resolves when all submitted work has finished. */
  finish(): Promise<void>
  /** Runs the whole list `repeats` times and measures each repetition, without upload or readback. */
  time(steps: readonly Step[], repeats: number): Promise<Timing>
  /** Frees the tensor's storage, and with it every tensor that shares the storage. */
  free(tensor: DeviceTensor): void
  /** Frees a prepared op's constants. */
  release(op: PreparedOp): void
  dispose(): Promise<void>
}

/** Whether `open` yielded a device. */
export function isDevice(opened: KernelDevice | Unavailable): opened is KernelDevice {
  return !('unavailable' in opened)
}
