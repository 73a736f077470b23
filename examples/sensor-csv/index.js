import { readFileSync } from 'node:fs'
import { linesOf } from './lines.js'
import { openModel } from './model.js'

const CLASSES = ['drizzle', 'fog', 'rain', 'snow', 'sun']
const DAY_MS = 86_400_000
const STATION = 0

const [path = 'readings.csv'] = process.argv.slice(2)
const bytesOf = (file) => readFileSync(new URL(file, import.meta.url))
const run = await openModel(bytesOf('model_int8.onnx'), JSON.parse(bytesOf('normalize.json')), 'node')

for await (const line of linesOf(path)) {
  if (line.startsWith('date,')) continue
  const features = featuresOf(line)
  if (features === undefined) {
    console.error(`${path}: this line is not a date and four numbers: ${line}`)
    continue
  }
  const outputs = await run(features)
  console.log(`${line.split(',', 1)[0]}: ${CLASSES[outputs.indexOf(Math.max(...outputs))]}`)
}

/** The eight features of a row: date, precipitation in mm, highest and lowest temperature in °C, wind speed in m/s. */
function featuresOf(line) {
  const [date, ...texts] = line.split(',')
  const readings = texts.slice(0, 4).map((text) => (text.trim() === '' ? NaN : Number(text)))
  const time = Date.parse(`${date}T00:00:00Z`)
  if (readings.length < 4 || ![time, ...readings].every(Number.isFinite)) return undefined
  const angle = (2 * Math.PI * (time - Date.UTC(new Date(time).getUTCFullYear(), 0, 1))) / DAY_MS / 365.2425
  return [...readings, readings[0] > 0 ? 1 : 0, Math.cos(angle), Math.sin(angle), STATION]
}
