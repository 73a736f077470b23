import { type Host, type KernelDevice, type KernelPackage, OctetError, type Unavailable } from '@octet/core'
import { inexactness } from '@octet/core/conformance'
import type { OpenedDevice } from '../measure/jobs.ts'
import { messageOf } from '../show/message.ts'
import { type Reporter, SILENT } from '../show/reporter.ts'
import { lively } from '../supervise/lively.ts'
import { UNWATCHED, type Witness } from '../supervise/witness.ts'
import { openKernels } from './open-kernels.ts'

/** Receives the events of a device. */
export interface Watching {
  readonly reporter: Reporter
  readonly witness?: Witness | undefined
}

/** How often a device is opened again. A device that breaks more often is given up. */
const MOST_RENEWALS = 8

/**
 * A package's device that survives faults. After a fault a device may be lost, out of memory or full of invalid
 * objects. A fresh device therefore replaces it, and everything made on the old device is gone.
 */
export class RenewableDevice<D extends OpenedDevice = KernelDevice> {
  readonly kernels: string
  readonly #open: () => Promise<D | Unavailable>
  readonly #reporter: Reporter
  readonly #witness: Witness
  #device: D
  #renewals = 0
  /** The reason why there is no device any more. */
  #lost: string | undefined

  /** `open` must return the same adapter again. */
  constructor(
    kernels: string,
    device: D,
    open: () => Promise<D | Unavailable>,
    { reporter, witness = UNWATCHED }: Watching = { reporter: SILENT },
  ) {
    this.kernels = kernels
    this.#device = device
    this.#open = open
    this.#reporter = reporter
    this.#witness = witness
  }

  /** A package's device in this process, or the reason why there is none. */
  static async open(
    kernels: KernelPackage,
    host: Host,
    watching: Watching,
  ): Promise<RenewableDevice | Unavailable> {
    const opener = (adapter: string): Promise<KernelDevice | Unavailable> =>
      openKernels(kernels, { ...host, adapter })
    return RenewableDevice.openBy(kernels.id, opener, host.adapter, watching)
  }

  /** The device that `opener` returns for an adapter, or the reason why there is none. */
  static async openBy<D extends OpenedDevice>(
    kernels: string,
    opener: (adapter: string) => Promise<D | Unavailable>,
    adapter: string,
    watching: Watching,
  ): Promise<RenewableDevice<D> | Unavailable> {
    const { reporter, witness = UNWATCHED } = watching
    const opened = await witness.watch({ kernels, doing: 'it was opened' }, () => opener(adapter))
    if ('unavailable' in opened) return opened
    const { info } = opened
    const differs = inexactness(info)
    if (differs !== undefined) reporter.log(`${kernels}/${info.id} computes no accuracy, as ${differs}`)
    return new RenewableDevice<D>(kernels, opened, () => opener(info.id), watching)
  }

  /** The current device. */
  get device(): D {
    return this.#device
  }

  /** `package/adapter`. */
  get name(): string {
    return `${this.kernels}/${this.#device.info.id}`
  }

  /**
   * Runs work on the device. If the work throws, the next work gets a fresh device. If a remote device was gone, the
   * cause is unknown, so the work runs once more on the fresh device. `doing` describes the work, as a clause that
   * follows "while".
   * @throws Any error of the work, or an OctetError if no device is left.
   */
  async use<T>(work: (device: D) => Promise<T>, doing = 'it was at work'): Promise<T> {
    try {
      return await this.#attempt(work, doing)
    } catch (error) {
      const gone = this.#goneNow()
      if (this.#lost !== undefined) throw error
      await this.#watch('it was opened again', () => this.#renew(gone ?? messageOf(error)))
      if (gone === undefined || this.#lost !== undefined) throw error
    }
    return this.#again(work, doing)
  }

  /** The second attempt. Its fault is final. */
  async #again<T>(work: (device: D) => Promise<T>, doing: string): Promise<T> {
    try {
      return await this.#attempt(work, doing)
    } catch (error) {
      await this.#watch('it was opened again', () => this.#renew(messageOf(error)))
      throw error
    }
  }

  async #attempt<T>(work: (device: D) => Promise<T>, doing: string): Promise<T> {
    if (this.#lost !== undefined) throw new OctetError(this.#lost)
    return this.#watch(doing, (alive) => work(alive === undefined ? this.#device : told(this.#device, alive)))
  }

  #goneNow(): string | undefined {
    return 'gone' in this.#device ? this.#device.gone : undefined
  }

  #watch<T>(doing: string, run: (alive?: () => void) => Promise<T>): Promise<T> {
    return this.#witness.watch({ kernels: this.kernels, adapter: this.#device.info.id, doing }, run)
  }

  async #renew(fault: string): Promise<void> {
    if (this.#renewals++ === MOST_RENEWALS) {
      this.#lost = `${this.name} broke ${this.#renewals} times and was given up; the last time: ${fault}`
      return
    }
    // A lost device may fail to close.
    await this.#device.dispose().catch(() => undefined)
    const opened = await this.#open()
    if ('unavailable' in opened)
      this.#lost = `${this.name} did not open again after "${fault}": ${opened.unavailable}`
    else this.#device = opened
    this.#reporter.log(this.#lost ?? `${this.name} was opened again after a fault: ${fault}`)
  }
}

/** The device, which now calls `alive` with each call. A remote device calls it from time to time. */
function told<D extends OpenedDevice>(device: D, alive: () => void): D {
  if (!('jobs' in device)) return lively(device, alive) as unknown as D
  device.onAlive(alive)
  return device
}
