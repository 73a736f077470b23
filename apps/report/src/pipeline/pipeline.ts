import { h } from '../dom/element.ts'
import { deviceOf } from '../format/configuration.ts'
import type { View } from '../page/view.ts'
import { workloadPicker, workloadsOf } from '../workload/chosen.ts'
import { flow } from './flow.ts'
import { lanesOf, lengthOf } from './lanes.ts'
import { layerTable, stageTable } from './tables.ts'
import './pipeline.css'

/** The way of one sample through FP32 above and INT8 below, drawn to the scale of measured time. */
export const pipeline: View = {
  id: 'pipeline',
  title: 'Pipeline',
  applies: ({ profiles = [] }) => profiles.length > 0,
  render({ run, address }) {
    const profiles = run.profiles ?? []
    const listed = workloadsOf(run, profiles)
    const devices = [...new Set(profiles.map(deviceOf))]
    const select = h(
      'select',
      { name: 'device', on: { change: () => address.set({ device: select.value }) } },
      devices.map((device) => h('option', { value: device }, device)),
    )
    const place = h('div', { class: 'pipeline' })
    let drawn: string | undefined
    const update = (): void => {
      const workload = listed.find(({ id }) => id === address.get('workload')) ?? listed[0]
      const ofWorkload = profiles.filter((one) => one.workload === workload.id).map(deviceOf)
      const named = address.get('device')
      const device = named !== undefined && ofWorkload.includes(named) ? named : ofWorkload[0]
      select.value = device
      const state = `${workload.id} ${device}`
      if (state === drawn) return
      drawn = state
      const lanes = lanesOf(run, workload.id, device)
      const longest = Math.max(...lanes.map(lengthOf))
      place.replaceChildren(
        h(
          'figure',
          { class: 'chart lanes' },
          h(
            'figcaption',
            {},
            h('span', { class: 'chart-title' }, `From sensor to answer on ${device}`),
            legend(),
          ),
          lanes.map((lane) => flow(lane, longest)),
        ),
        stageTable(lanes),
        ...lanes.map(layerTable),
      )
    }
    address.onChange(update)
    update()
    return [
      h(
        'p',
        { class: 'lead' },
        'A sample comes from the sensor, is decoded and uploaded, normalized, quantized where the model ' +
          'is INT8, multiplied through the layers, dequantized, and read back as an answer. Each stage is ' +
          'as wide as its median time, all programs to one scale.',
      ),
      h(
        'form',
        { class: 'filters', 'aria-label': 'Pipeline', on: { submit: (event) => event.preventDefault() } },
        workloadPicker(listed, address),
        devices.length > 1 && h('label', { class: 'picker' }, h('span', {}, 'Device'), select),
      ),
      place,
    ]
  },
}

function legend(): HTMLElement {
  const kinds = [
    ['host', 'host'],
    ['transfer', 'transfer'],
    ['convert', 'normalize, quantize, dequantize'],
    ['compute', 'layers'],
  ]
  return h(
    'ul',
    { class: 'legend' },
    kinds.map(([kind, name]) =>
      h('li', {}, h('span', { class: `stage swatch ${kind}`, 'aria-hidden': 'true' }), name),
    ),
  )
}
