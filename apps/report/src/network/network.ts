import type { Network, Run } from '@octet/results'
import { type Child, h } from '../dom/element.ts'
import { decibels } from '../format/number.ts'
import type { Address } from '../page/address.ts'
import {
  accountsOf,
  devicesOf,
  hardestOf,
  type NetworkChoice,
  SHARING_NAMES,
  type Sharing,
  SHARINGS,
  verdictOf,
} from './account.ts'
import { networkGraph } from './graph.ts'
import { weightsChart } from './weights.ts'
import './network.css'

/** The choices of the address for a workload's network. An unknown choice becomes the first possible choice. */
export function networkChoice(run: Run, workload: string, address: Address): NetworkChoice {
  const [strategies, devices] = [strategiesOf(run, workload), devicesOf(run, workload)]
  const named = <T extends string>(name: string, among: readonly T[]): T | undefined =>
    among.find((one) => one === address.get(name)) ?? among[0]
  return {
    strategy: named('strategy', strategies) ?? '',
    sharing: named('sharing', SHARINGS)!,
    device: named('device', devices),
  }
}

/** The network of a workload as a graph, with its choices. Undefined for a run without a network. */
export function networkView(
  run: Run,
  workload: string,
  address: Address,
  chosen: string,
  choose: (tensor: string) => void,
): HTMLElement | undefined {
  const network = run.networks?.find((one) => one.workload === workload)
  if (network === undefined) return undefined
  const choice = networkChoice(run, workload, address)
  const graph = networkGraph(network, accountsOf(run, network, choice), choice, chosen, choose)
  const canvas = graph.querySelector('.chart-canvas')!
  canvas.setAttribute('tabindex', '0')
  canvas.setAttribute('role', 'region')
  canvas.setAttribute('aria-label', `Drawing of the network of ${workload}`)
  return h(
    'div',
    { class: 'network-view' },
    h(
      'form',
      { class: 'filters', 'aria-label': 'Network', on: { submit: (event) => event.preventDefault() } },
      picker(address, 'sharing', 'Weights', choice.sharing, SHARINGS, (one) => SHARING_NAMES[one as Sharing]),
      picker(address, 'strategy', 'Calibration', choice.strategy, strategiesOf(run, workload)),
      picker(address, 'device', 'Device', choice.device, devicesOf(run, workload)),
    ),
    hardestLine(network, choice.sharing, choose),
    graph,
  )
}

/** The layer that costs most, and whether separate scales for its channels would avoid the cost. */
function hardestLine(network: Network, sharing: Sharing, choose: (tensor: string) => void): Child {
  const hardest = hardestOf(network, sharing)
  if (hardest === undefined) return undefined
  const { name, output, alone } = hardest
  const { tone, words } = verdictOf(hardest, sharing)
  const other =
    sharing === 'perTensor' ? `; with a scale for each channel ${decibels(alone!.perChannel)} dB` : ''
  return h(
    'p',
    { class: 'hardest' },
    tone === 'good' ? 'Every measured layer holds in INT8. The hardest is ' : 'The hardest layer is ',
    h('button', { type: 'button', class: 'link', on: { click: () => choose(output) } }, name),
    `: with ${SHARING_NAMES[sharing]} it ${words}, at ${decibels(alone![sharing])} dB alone in INT8${other}.`,
  )
}

/** The weights of the layer that computes a tensor, channel by channel. Undefined if that layer has no weights. */
export function weightsOf(run: Run, workload: string, tensor: string): HTMLElement | undefined {
  const network = run.networks?.find((one) => one.workload === workload)
  const layer = network?.layers.find(({ output }) => output === tensor)
  return layer?.weights && weightsChart(layer, layer.weights)
}

function strategiesOf({ layers }: Run, workload: string): string[] {
  const own = layers.filter((layer) => layer.workload === workload)
  return [...new Set(own.flatMap(({ perCalibration }) => Object.keys(perCalibration)))]
}

function picker(
  address: Address,
  name: string,
  label: string,
  chosen: string | undefined,
  all: readonly string[],
  words: (one: string) => string = (one) => one,
): HTMLElement | undefined {
  if (all.length < 2) return undefined
  const select = h(
    'select',
    { name, on: { change: () => address.set({ [name]: select.value }) } },
    all.map((one) => h('option', { value: one, selected: one === chosen }, words(one))),
  )
  return h('label', { class: 'picker' }, h('span', {}, label), select)
}
