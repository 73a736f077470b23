import { type CompiledProgram, type KernelDevice, overlay } from '@octet/core'

/** The device, which now calls `alive` with each call. */
export function lively(device: KernelDevice, alive: () => void): KernelDevice {
  const told =
    <Args extends unknown[], Result>(call: (...args: Args) => Result): ((...args: Args) => Result) =>
    (...args) => {
      alive()
      return call(...args)
    }
  const watched = (program: CompiledProgram): CompiledProgram =>
    overlay(program, {
      write: told((index, data) => program.write(index, data)),
      submit: told(() => program.submit()),
      read: told((index) => program.read(index)),
      time: told((repeats, steps) => program.time(repeats, steps)),
    })
  return overlay(device, {
    alloc: told((spec, reuse) => device.alloc(spec, reuse)),
    write: told((target, data) => device.write(target, data)),
    read: told((source) => device.read(source)),
    prepare: told((spec, constants, variant) => device.prepare(spec, constants, variant)),
    submit: told((steps) => device.submit(steps)),
    finish: told(() => device.finish()),
    time: told((steps, repeats) => device.time(steps, repeats)),
    ...(device.tune && { tune: told((specs, options) => device.tune!(specs, options)) }),
    ...(device.tuneProgram && { tuneProgram: told((list) => device.tuneProgram!(list)) }),
    ...(device.compile && {
      compile: told(async (list, compilation) => watched(await device.compile!(list, compilation))),
    }),
    ...(device.roofline && { roofline: told(() => device.roofline!()) }),
  })
}
