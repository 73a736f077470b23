// What multiply-adds could come to if nothing but them took time, and copies within the first-level cache: one thread,
// in turns.
//   node bench/roof.mjs
import { median, ratio } from './race.mjs'
import { KINDS, timesByKind, workOf } from './rates.mjs'

const times = await timesByKind()
const [float] = Object.values(times)
for (const name of [...Object.keys(KINDS), 'copy']) {
  const ms = times[name]
  if (ms === undefined) console.log(`${name}: this engine does not have it`)
  else if (name === 'copy')
    console.log(`copy: ${(workOf(name) / median(ms)).toFixed(1)} GB/s read and written`)
  else
    console.log(
      `${name}: ${(workOf(name) / median(ms)).toFixed(1)} GMAC/s, times FP32's ${ratio(
        float.map((value) => value * (KINDS[name].products / 4)),
        ms,
      )}`,
    )
}
