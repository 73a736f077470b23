// Stands for the sensor: it writes one day a second to a CSV.
import { appendFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'

const [path = 'readings.csv', days = '30'] = process.argv.slice(2)
for (let day = 0; day < Number(days); day++) {
  const date = new Date(Date.UTC(2026, 0, 1 + day)).toISOString().slice(0, 10)
  const rain = day % 3 === 0 ? 7.5 : 0
  const warm = 8 + 4 * Math.sin(day / 5)
  appendFileSync(path, `${date},${rain},${warm.toFixed(1)},${(warm - 6).toFixed(1)},3.2\n`)
  await setTimeout(1000)
}
