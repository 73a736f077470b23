import { csvParse } from 'd3-dsv'
import { OctetError, tensor } from '@octet/core'
import { select, type Samples } from '../samples.ts'
import { shuffled } from '../split.ts'
import type { TrainingData, WorkloadSummary } from '../workload.ts'
import { readPackageFile } from './package-file.ts'
import { partsOf, type Pools } from './parts.ts'

const CLASSES = ['drizzle', 'fog', 'rain', 'snow', 'sun']
const STATIONS = ['Seattle', 'New York']
const READINGS = ['precipitation', 'temp_max', 'temp_min', 'wind'] as const
const COLUMNS = ['location', 'date', ...READINGS, 'weather'] as const
const FEATURES = READINGS.length + 4
const EVALUATION_YEAR = '2015'
const SEED = 1
export const DATA = 'vega-datasets'
const INSTALL_AGAIN = `install it again: npm install --save-dev ${DATA}`
const DAY_MS = 86_400_000
const YEAR_DAYS = 365.2425

export const summary: WorkloadSummary = {
  id: 'weather-mlp',
  title: 'Weather station, MLP',
  description: 'daily station readings to weather, 5 classes',
  task: 'classification',
  classes: CLASSES,
  licence: 'public domain (U.S. government work); packaged under BSD-3-Clause',
  source: 'npm vega-datasets 3.2.1, data/weather.csv (NOAA daily records, Seattle and New York, 2012-2015)',
}

/**
 * The days of two stations, float32 [8]: the four readings in their recorded units (precipitation in mm, highest and
 * lowest temperature in °C, wind speed); whether the gauge is wet (1 if precipitation is above 0: its least amount is
 * about one step of an 8-bit scale that must also hold a day of heavy rain); then inputs that the device knows: cosine
 * and sine of the day of the year, and the station (0 Seattle, 1 New York). Learning samples end with 2014; 2015 is for
 * evaluation.
 */
export async function load(): Promise<TrainingData> {
  const { sizes, ...parts } = await partsOf(pools, {
    task: 'classification',
    validation: 220,
    calibration: 512,
    seed: SEED,
  })
  return {
    ...summary,
    ...parts,
    input: [FEATURES],
    split: `by date, 2012-2014 to learn from and ${EVALUATION_YEAR} to evaluate: ${sizes}`,
  }
}

async function pools(): Promise<Pools> {
  const file = await readPackageFile(DATA, 'data/weather.csv')
  const days = csvParse(file.toString('utf8'))
  const absent = COLUMNS.find((column) => !days.columns.includes(column))
  if (absent !== undefined) throw new OctetError(`weather.csv has no column "${absent}"`, INSTALL_AGAIN)
  const x = tensor('float32', [days.length, FEATURES])
  const y = new Int32Array(days.length)
  const isEvaluated = days.map((day, i) => {
    const features = COLUMNS.map((column) => day[column])
    x.data.set(featuresOf(features[0], features[1], features.slice(2, 6), i), i * FEATURES)
    y[i] = indexIn(CLASSES, features[6], 'weather', i)
    return features[1].startsWith(EVALUATION_YEAR)
  })
  const all: Samples = { x, y }
  const rows = (evaluated: boolean): Int32Array =>
    Int32Array.from(isEvaluated.flatMap((is, row) => (is === evaluated ? [row] : [])))
  // The samples are shuffled, so that the first samples cover every season and both stations.
  return {
    learning: select(all, rows(false)),
    evaluation: select(all, shuffled(rows(true), SEED)),
    notes: [
      'the publisher derived the weather class from further fields of the station records, not all of them given',
    ],
  }
}

function featuresOf(location: string, date: string, readings: readonly string[], row: number): number[] {
  const time = Date.parse(`${date}T00:00:00Z`)
  const values = readings.map((text) => (text === '' ? NaN : Number(text)))
  if (!Number.isFinite(time) || !values.every(Number.isFinite))
    throw new OctetError(`weather.csv, data row ${row + 1}: a date or reading is not a number`, INSTALL_AGAIN)
  const day = (time - Date.UTC(new Date(time).getUTCFullYear(), 0, 1)) / DAY_MS
  const angle = (2 * Math.PI * day) / YEAR_DAYS
  const wet = values[0] > 0 ? 1 : 0
  return [...values, wet, Math.cos(angle), Math.sin(angle), indexIn(STATIONS, location, 'location', row)]
}

function indexIn(names: readonly string[], name: string, column: string, row: number): number {
  const index = names.indexOf(name)
  if (index < 0)
    throw new OctetError(`weather.csv, data row ${row + 1}: unknown ${column} "${name}"`, INSTALL_AGAIN)
  return index
}
