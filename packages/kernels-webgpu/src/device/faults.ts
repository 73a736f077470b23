import { OctetError } from '@octet/core'

/**
 * The faults of a device since the last check. WebGPU reports faults late and asynchronously: validation and memory
 * errors through scopes, other faults through events. This class keeps them, and the next call throws them.
 */
export class Faults {
  readonly #device: GPUDevice
  readonly #name: string
  readonly #pending = new Set<Promise<void>>()
  #lost: OctetError | undefined
  #first: OctetError | undefined
  #closing = false

  constructor(device: GPUDevice, name: string) {
    this.#device = device
    this.#name = name
    device.addEventListener('uncapturederror', (event) => {
      event.preventDefault()
      this.#record(`device ${name}`, event.error)
    })
    void this.#watchLoss()
  }

  /** Runs `work`, which must call WebGPU synchronously. An error that it causes is reported as `what`. */
  scoped<T>(what: string, work: () => T): T {
    this.#device.pushErrorScope('internal')
    this.#device.pushErrorScope('out-of-memory')
    this.#device.pushErrorScope('validation')
    try {
      return work()
    } finally {
      for (let scope = 0; scope < 3; scope++) this.#watch(what)
    }
  }

  /** Waits until the result of every scope so far is known. @throws OctetError with the first fault. */
  async settle(): Promise<void> {
    while (this.#pending.size > 0) await Promise.all(this.#pending)
    this.check()
  }

  /** @throws OctetError with the first fault since the last call. A lost device stays lost. */
  check(): void {
    const fault = this.#lost ?? this.#first
    this.#first = undefined
    if (fault !== undefined) throw fault
  }

  /** From now on, losing the device is no fault. */
  close(): void {
    this.#closing = true
  }

  #watch(what: string): void {
    const recorded = this.#recordPopped(what, this.#device.popErrorScope())
    this.#pending.add(recorded)
    void recorded.finally(() => this.#pending.delete(recorded))
  }

  async #recordPopped(what: string, popped: Promise<GPUError | null>): Promise<void> {
    try {
      const error = await popped
      if (error !== null) this.#record(`${what} on ${this.#name}`, error)
    } catch {
      // The device is gone. Its loss is already recorded with its reason.
    }
  }

  async #watchLoss(): Promise<void> {
    const { reason, message } = await this.#device.lost
    if (this.#closing) return
    this.#lost = new OctetError(
      `device ${this.#name} was lost (${reason}): ${firstLine(message)}`,
      'Open it again.',
    )
  }

  #record(what: string, error: GPUError): void {
    const memory = error.constructor.name === 'GPUOutOfMemoryError'
    const mend = memory ? 'Use a smaller batch, or free tensors that are no longer needed.' : undefined
    this.#first ??= new OctetError(`${what}: ${firstLine(error.message)}`, mend)
  }
}

function firstLine(message: string): string {
  return message.split('\n', 1)[0]
}
