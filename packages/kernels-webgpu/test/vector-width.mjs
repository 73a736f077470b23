// Runs in a process of its own: lavapipe reads LP_NATIVE_VECTOR_WIDTH once. Prints what it found as JSON.
import { conformanceCases, judge, probed } from '@octet/core/conformance'
import kernels from '../dist/index.js'

const device = await kernels.open({ runtime: 'node', adapter: 'lavapipe' })
const { info } = await probed(device)
const wrong = []
// All of the kit takes minutes at widths that the CPU has not.
if (process.env.OCTET_TESTS === 'long')
  for (const one of conformanceCases()) {
    const { status, detail } = await judge(device, one)
    if (status === 'failed') wrong.push(`${one.name}: ${detail}`)
  }
console.log(JSON.stringify({ name: info.name, arithmetic: info.modes.arithmetic, wrong }))
process.exit(0)
