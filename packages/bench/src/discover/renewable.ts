import {
  type Host,
  isDevice,
  type KernelDevice,
  type KernelPackage,
  OctetError,
  type Unavailable,
} from '@octet/core'
import { inexactness, probed } from '@octet/core/conformance'
import { DeviceInfoSchema, faultIn } from '@octet/results'
import { messageOf } from '../show/message.ts'
import { type Reporter, SILENT } from '../show/reporter.ts'
import { lively } from '../supervise/lively.ts'
import { UNWATCHED, type Witness } from '../supervise/witness.ts'
import type { OpenDevice } from './open-device.ts'

/** Receives the events of a device. */
export interface Watching {
  readonly reporter: Reporter
  readonly witness?: Witness | undefined
}

/** How often a device is opened again: one that breaks over and over is given up. */
const MOST_RENEWALS = 8

/**
 * A package's device that outlives its faults: after one it may be lost, out of memory or full of invalid objects, so
 * a fresh one takes its place, and what was made on the old one is gone.
 */
export class RenewableDevice implements OpenDevice {
  readonly kernels: string
  readonly #open: () => Promise<KernelDevice | Unavailable>
  readonly #reporter: Reporter
  readonly #witness: Witness
  #device: KernelDevice
  #renewals = 0
  /** Why there is no device any more. */
  #lost: string | undefined

  /** `open` must yield the same adapter again. */
  constructor(
    kernels: string,
    device: KernelDevice,
    open: () => Promise<KernelDevice | Unavailable>,
    { reporter, witness = UNWATCHED }: Watching = { reporter: SILENT },
  ) {
    this.kernels = kernels
    this.#device = device
    this.#open = open
    this.#reporter = reporter
    this.#witness = witness
  }

  /** A package's device, or why there is none. */
  static async open(
    kernels: KernelPackage,
    host: Host,
    watching: Watching,
  ): Promise<RenewableDevice | Unavailable> {
    const { reporter, witness = UNWATCHED } = watching
    const work = { kernels: kernels.id, doing: 'it was opened' }
    const opened = await witness.watch(work, () => openKernels(kernels, host))
    if (!isDevice(opened)) return opened
    const differs = inexactness(opened.info)
    if (differs !== undefined)
      reporter.log(
        `${kernels.id}/${opened.info.id} computes no accuracy, as its INT8 arithmetic is not exact: ${differs}`,
      )
    const same = { ...host, adapter: opened.info.id }
    return new RenewableDevice(kernels.id, opened, () => openKernels(kernels, same), watching)
  }

  /** The device as it is now. */
  get device(): KernelDevice {
    return this.#device
  }

  /** `package/adapter`. */
  get name(): string {
    return `${this.kernels}/${this.#device.info.id}`
  }

  /**
   * Runs work on the device, and renews it when that throws: the next work finds a fresh one. `doing` says what the
   * work is, to be read after "while".
   * @throws What the work threw; an OctetError where no device is left.
   */
  async use<T>(work: (device: KernelDevice) => Promise<T>, doing = 'it was at work'): Promise<T> {
    if (this.#lost !== undefined) throw new OctetError(this.#lost)
    try {
      return await this.#watch(doing, (alive) =>
        work(alive === undefined ? this.#device : lively(this.#device, alive)),
      )
    } catch (error) {
      await this.#watch('it was opened again', () => this.#renew(messageOf(error)))
      throw error
    }
  }

  #watch<T>(doing: string, run: (alive?: () => void) => Promise<T>): Promise<T> {
    return this.#witness.watch({ kernels: this.kernels, adapter: this.#device.info.id, doing }, run)
  }

  async #renew(fault: string): Promise<void> {
    if (this.#renewals++ === MOST_RENEWALS) {
      this.#lost = `${this.name} broke ${this.#renewals} times and was given up; the last time: ${fault}`
      return
    }
    // A device that is lost may not be able to say goodbye.
    await this.#device.dispose().catch(() => undefined)
    const opened = await this.#open()
    if (isDevice(opened)) this.#device = opened
    else this.#lost = `${this.name} did not open again after "${fault}": ${opened.unavailable}`
    this.#reporter.log(this.#lost ?? `${this.name} was opened again after a fault: ${fault}`)
  }
}

/**
 * Opens a package's device and probes its arithmetic. One that throws instead of saying that it is unavailable is
 * broken, and unavailable too; so is one that describes itself by what no results file holds.
 */
export async function openKernels(kernels: KernelPackage, host: Host): Promise<KernelDevice | Unavailable> {
  try {
    const opened = await kernels.open(host)
    if (!isDevice(opened))
      return { unavailable: opened.unavailable || 'it does not say why', mend: opened.mend || PACKAGE_FAULT }
    const fault = faultIn(DeviceInfoSchema, opened.info)
    if (fault === undefined) return await probed(opened)
    await opened.dispose().catch(() => undefined)
    return { unavailable: `the info of its device is not valid ${fault}`, mend: PACKAGE_FAULT }
  } catch (error) {
    return { unavailable: `its open() failed: ${messageOf(error)}`, mend: PACKAGE_FAULT }
  }
}

const PACKAGE_FAULT = 'This is a fault of the package'
