import { readFileSync, writeFileSync } from 'node:fs'
import { tensor } from '@octet/core'
import { formatNpy } from '@octet/workloads'

const CLASSES = ['drizzle', 'fog', 'rain', 'snow', 'sun']

/** The days of a CSV as the model's eight features, and the class of each day. */
function read(file) {
  const [, ...rows] = readFileSync(file, 'utf8').trim().split('\n')
  const days = rows.map((row, day) => {
    const [, precipitation, ...others] = row.split(',')
    const readings = [precipitation, ...others.slice(0, 3)].map(Number)
    const angle = (2 * Math.PI * day) / 365.2425
    const station = 0
    return [...readings, readings[0] > 0 ? 1 : 0, Math.cos(angle), Math.sin(angle), station]
  })
  const labels = rows.map((row) => CLASSES.indexOf(row.split(',').at(-1)))
  return {
    x: tensor('float32', [days.length, 8], Float32Array.from(days.flat())),
    y: tensor('int32', [days.length], Int32Array.from(labels)),
  }
}

// Calibration samples and evaluation samples must differ: one year each.
const [calibration, evaluation] = [read('seattle-2014.csv'), read('seattle-2015.csv')]
writeFileSync('c.npy', formatNpy(calibration.x))
writeFileSync('x.npy', formatNpy(evaluation.x))
writeFileSync('y.npy', formatNpy(evaluation.y))
console.log(`${calibration.x.shape[0]} samples to calibrate, ${evaluation.x.shape[0]} to evaluate`)
