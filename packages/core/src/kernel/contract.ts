import type { Tensor } from '../tensor/tensor.ts'
import type { OpSpec } from '../ops/list.ts'
import type { Constants, TensorSpec } from '../ops/spec.ts'

/** The contract version a kernel package is written for. */
export const CONTRACT = 1

/** Where kernels run and which adapter is wanted. */
export interface Host {
  readonly runtime: 'node' | 'browser'
  /** `auto`, `hardware`, `software`, or a text that the adapter's id or name must contain. */
  readonly adapter: string
  /**
   * Takes a notice: a sentence for the user about what takes nothing from the result, such as a cache that cannot be
   * written. A package may give the same text many times, and the text is said once. Left out: nobody reads notices.
   */
  readonly warn?: (text: string) => void
}

/**
 * How `DeviceInfo.modes.fp32` begins on a device that rounds a product and its sum once. Such floats are within the
 * kit's bounds, but their bits depend on engine and CPU: the device is timed, and computes no accuracy.
 */
export const FUSED = 'fused: '

/** The identity of a device. Reports show it, and timings are compared only within one identity. */
export interface DeviceInfo {
  /** A short and stable name for `--adapter`, e.g. `swiftshader`. */
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
   * How each precision is computed here, in words (`native shader-f16`, `packed halves, f32 arithmetic`,
   * `dot4I8Packed`), and what else decides on speed: `subgroupSize`. `arithmetic` is what the probe found (`probed`).
   */
  readonly modes: Readonly<Record<string, string>>
}

/** Why a package cannot open here, and the command or step that mends it. */
export interface Unavailable {
  readonly unavailable: string
  readonly mend: string
}

/** One thing `octet doctor` looked at. */
export interface Check {
  readonly subject: string
  readonly ok: boolean
  readonly detail: string
  readonly mend?: string
}

/**
 * The default export of a package whose package.json has `"octet": { "kernels": "./dist/index.js" }`.
 * Partial support is fine: what `supports` declines runs on the reference, and the result names it.
 */
export interface KernelPackage {
  readonly id: string
  readonly contract: typeof CONTRACT
  open(host: Host): Promise<KernelDevice | Unavailable>
  /** Every adapter `open` could be asked for on this machine, best first. Left out: the package has one device. */
  adapters?(host: Host): Promise<readonly DeviceInfo[]>
  /** The parts that the package found and the parts that it misses, for `octet doctor`. */
  diagnose?(host: Host): Promise<readonly Check[]>
}

/** A tensor that lives on a device. */
export interface DeviceTensor {
  readonly spec: TensorSpec
  /** Bytes of storage behind it, padding included; not less than `device.byteLength(spec)`. */
  readonly capacity: number
}

/** A compiled op with its constants on the device. Made by `prepare`, opaque to all others. */
export interface PreparedOp {
  readonly spec: OpSpec
  /** Which of the device's `variants` it is, where it has several. */
  readonly variant?: string
  /** Bytes of constants held on the device: packed weights, biases, tables. */
  readonly constantBytes: number
}

/** One op applied to tensors. The output is never one of the inputs; it lies in an input's storage for a view alone. */
export interface Step {
  readonly op: PreparedOp
  readonly inputs: readonly DeviceTensor[]
  readonly output: DeviceTensor
}

/** Nanoseconds for each repetition, and whose clock they are read from. */
export interface Timing {
  readonly clock: 'gpu' | 'wall'
  readonly ns: readonly number[]
}

/** The result of tuning one op on a device: its fastest correct variant. */
export interface Tuned {
  readonly spec: OpSpec
  /** Left out where the op is declined. */
  readonly variant?: string
  /**
   * `measured` now, `known` from an earlier time, or `default` where the budget ran out or there is no choice;
   * `declined` where no variant computes right: from now on `supports` says so.
   */
  readonly source: 'measured' | 'known' | 'default' | 'declined'
  /** Median paired ratio of the default variant's time to the chosen one's; left out unless measured. */
  readonly ratio?: number
  /** Variants that were given up: wrong results, a shader that does not compile, too slow to compile. */
  readonly rejected: readonly { readonly variant: string; readonly reason: string }[]
}

/** The peak rates of micro-kernels on a device, with which the rates of real kernels are compared. */
export interface Peak {
  readonly unit: 'f32' | 'f16' | 'dot4' | 'subgroup-matrix f16' | 'subgroup-matrix int8' | 'copy'
  /** 10^9 a second: operations (a multiply-add counts two), or bytes read and written for `copy`. */
  readonly rate: number
  /** The program that reached it, e.g. `16 chains of vec4 fma`. */
  readonly by: string
  readonly clock: Timing['clock']
}

/** An open device. Calls are made one at a time: each promise is awaited before the next call. */
export interface KernelDevice {
  readonly info: DeviceInfo
  /** Whether `prepare` can build this op here. Cheap: no compilation. */
  supports(spec: OpSpec): true | { readonly reason: string }
  /** Storage bytes a tensor takes here, layout padding included. */
  byteLength(spec: TensorSpec): number
  /**
   * Makes a tensor. Its storage is `reuse`'s when that is given: the caller knows those contents to be dead, or the
   * tensor to be a view of them.
   * @throws OctetError where the capacity of `reuse` is too small: the tensor would lie over its neighbour.
   */
  alloc(spec: TensorSpec, reuse?: DeviceTensor): DeviceTensor
  /**
   * Tensors that lie side by side in the storage of another one, so that a program's take no more than are alive at
   * once. Left out: each tensor has storage of its own, or that of a dead one as a whole.
   */
  readonly arena?: {
    /** Bytes that offsets are multiples of. */
    readonly alignment: number
    /**
     * Makes a tensor that takes `byteLength(spec)` bytes of `storage` from `offset` on, and is freed with it.
     * @throws OctetError where it would not fit.
     */
    readonly place: (spec: TensorSpec, storage: DeviceTensor, offset: number) => DeviceTensor
  }
  /**
   * Whether the output of an op is a view of its first input: both take as many bytes, and the same bytes. Its output
   * may then be made with the input as `reuse`, and a step between the two takes no time. Cheap, as `supports` is. Left
   * out: no op has views.
   */
  views?(spec: OpSpec): boolean
  /** Uploads. The tensor's dtype and shape are the spec's. */
  write(target: DeviceTensor, data: Tensor): Promise<void>
  /** Waits for submitted work, then downloads in logical (ONNX) order. */
  read(source: DeviceTensor): Promise<Tensor>
  /**
   * Names of the ways to compute an op here, all to the same integers, the one that `prepare` picks by itself first.
   * Left out: there is one.
   */
  variants?(spec: OpSpec): readonly string[]
  /** Compiles, packs and uploads constants: never inside a timed region. Weights go up once. */
  prepare(spec: OpSpec, constants: Constants, variant?: string): Promise<PreparedOp>
  /**
   * Makes `prepare` pick the fastest right variant of each op. Starts nothing new after `budgetMs`. One result a spec
   * that is supported.
   */
  tune?(specs: readonly OpSpec[], options: { readonly budgetMs: number }): Promise<readonly Tuned[]>
  /** Measures the device's peak rates; takes seconds. */
  roofline?(): Promise<readonly Peak[]>
  /**
   * Runs the steps in order as one submission, without readback between them; resolves when they have been handed
   * over.
   */
  submit(steps: readonly Step[]): Promise<void>
  /** Resolves when everything submitted has finished. */
  finish(): Promise<void>
  /** Runs the whole list `repeats` times, each measured by itself, without upload or readback. */
  time(steps: readonly Step[], repeats: number): Promise<Timing>
  /** Frees the tensor's storage, with every tensor that shares it. */
  free(tensor: DeviceTensor): void
  /** Frees a prepared op's constants. */
  release(op: PreparedOp): void
  dispose(): Promise<void>
}

/** Whether `open` yielded a device. */
export function isDevice(opened: KernelDevice | Unavailable): opened is KernelDevice {
  return !('unavailable' in opened)
}
