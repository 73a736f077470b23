// A package of kernels that goes wrong late: FAULT says how, FAULT_AFTER after how many submissions that FAULT_IN
// counts. Its trial, which submits single ops, sees nothing of that.
import { openReference } from '@octet/core'

const { FAULT = 'none', FAULT_AFTER = '0', FAULT_IN = 'batches' } = process.env

const never = new Promise(() => {})

/** What happens in place of an answer, or to it. */
const FAULTS = {
  none: () => {},
  exit: () => process.exit(0),
  abort: () => process.abort(),
  segfault: () => process.kill(process.pid, 'SIGSEGV'),
  // Nobody awaits these.
  throw: () =>
    void setTimeout(() => {
      throw new Error('a callback went wrong')
    }),
  reject: () => void Promise.reject(new Error('a promise went wrong')),
  // With a timer and without: nothing else would keep the process.
  hang: () => {
    setInterval(() => {}, 1000)
    return never
  },
  stall: () => never,
  block: () => {
    for (;;);
  },
  breaks: () => {
    throw new Error('out of memory')
  },
  nan: (output) => void output.fill(Number.NaN),
  scrambled: (output) => void output.reverse(),
  wrong: (output) => output.forEach((value, i) => (output[i] = value * 1.05 + 0.01)),
}

let count = 0

/** Whether a submission counts: of a whole program over a batch, or of one sample. */
function counts(steps) {
  const [batch] = steps.at(-1).output.spec.shape
  return steps.length > 1 && batch > 1 === (FAULT_IN === 'batches')
}

/** The output's elements. A profile also submits the beginnings of a program, which end in integers. */
function elements({ spec: { dtype, shape }, storage, offset }) {
  const Elements = dtype === 'float32' ? Float32Array : Uint8Array
  return new Elements(
    storage,
    offset,
    shape.reduce((count, length) => count * length, 1),
  )
}

function device() {
  const reference = openReference()
  const fail = async (steps) => {
    if (counts(steps) && ++count > Number(FAULT_AFTER)) await FAULTS[FAULT](elements(steps.at(-1).output))
  }
  return Object.assign(Object.create(reference), {
    info: { ...reference.info, id: 'host', name: 'a host' },
    submit: async (steps) => {
      await reference.submit(steps)
      await fail(steps)
    },
    time: async (steps, repeats) => {
      const timing = await reference.time(steps, repeats)
      await fail(steps)
      return timing
    },
  })
}

export default { id: 'faulty', contract: 1, open: async () => device() }
