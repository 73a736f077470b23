import days from './days.json'
import { openModel } from './model.js'
import normalization from './normalize.json'

const CLASSES = ['drizzle', 'fog', 'rain', 'snow', 'sun']

const response = await fetch('./model_int8.onnx')
if (!response.ok) throw new Error(`model_int8.onnx: ${response.status}`)
const run = await openModel(new Uint8Array(await response.arrayBuffer()), normalization, 'browser')

const table = document.querySelector('tbody')
for (const { date, readings } of days) {
  const outputs = await run(readings)
  const row = table.insertRow()
  for (const text of [date, CLASSES[outputs.indexOf(Math.max(...outputs))], outputs.join(' ')])
    row.insertCell().textContent = text
}
document.querySelector('#state').textContent = 'done'
