import type { KernelDevice } from '@octet/core'
import { type CaseResult, type ConformanceCase, judge } from '@octet/core/conformance'
import { oneLine } from '../show/message.ts'

/** Judges a case on a device. With `time`, a case that passes is also timed, which the kit does not do. */
export async function judgeCase(
  device: KernelDevice,
  one: ConformanceCase,
  time: boolean,
): Promise<Pick<CaseResult, 'status' | 'detail'>> {
  try {
    const judged = await judge(device, one)
    const detail = time && judged.status === 'passed' ? await faultOfTiming(device, one) : undefined
    return detail === undefined ? judged : { status: 'failed', detail }
  } catch (error) {
    return { status: 'failed', detail: `supports() throws: ${oneLine(error)}` }
  }
}

/** The fault of `time`, which the judge does not call. Undefined if there is no fault. */
async function faultOfTiming(device: KernelDevice, one: ConformanceCase): Promise<string | undefined> {
  try {
    const op = await device.prepare(one.spec, one.constants)
    const inputs = one.inputs.map((input) => device.alloc(input))
    const output = device.alloc(one.spec.output)
    for (const [i, input] of one.inputs.entries()) await device.write(inputs[i], input)
    const { ns } = await device.time([{ op, inputs, output }], 1)
    await device.finish()
    for (const used of [...inputs, output]) device.free(used)
    device.release(op)
    return ns.length === 1 && ns[0] >= 0 ? undefined : `time() of one repetition gives [${ns.join(', ')}] ns`
  } catch (error) {
    return `time() throws: ${oneLine(error)}`
  }
}
