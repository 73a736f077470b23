import type { Layer, Network, NetworkLayer, Run } from '@octet/results'
import { deviceOf } from '../format/configuration.ts'
import { type Ranked, ranked } from '../layers/ranking.ts'

export const SHARINGS = ['perTensor', 'perChannel'] as const
export type Sharing = (typeof SHARINGS)[number]
export const SHARING_NAMES: Readonly<Record<Sharing, string>> = {
  perTensor: 'one scale for each layer',
  perChannel: 'a scale for each channel',
}

/** Limits in dB of the output with one layer in INT8. Below this limit the layer breaks the model. */
export const BREAKS_DB = 20
/** Below this limit the layer costs accuracy. */
export const COSTS_DB = 30

/** The effect of INT8 on a layer: all facts that a run has about it. */
export interface LayerAccount {
  readonly layer: NetworkLayer
  /** The figures of its output under the calibrator, if that tensor has its own grid. */
  readonly range?: Ranked
  /** Its times in one program of each precision on one device, if a profile has times per layer. */
  readonly times: readonly {
    readonly precision: 'fp32' | 'int8'
    readonly ns: number
    readonly bytes: number
  }[]
  readonly verdict: Verdict
}

export interface Verdict {
  readonly tone: 'good' | 'warn' | 'bad' | 'none'
  readonly words: string
}

/** Every layer of a network, for one calibrator and one sharing of scales in its weights. */
export function accountsOf(
  run: Run,
  network: Network,
  { strategy, sharing, device }: Pick<NetworkChoice, 'strategy' | 'sharing' | 'device'>,
): LayerAccount[] {
  const tensors = new Map(
    run.layers.filter(({ workload }) => workload === network.workload).map((one) => [one.tensor, one]),
  )
  const timed = timesOf(run, network.workload, device)
  return network.layers.map((layer) => {
    const range = rangeOf(tensors.get(layer.output), strategy)
    return {
      layer,
      ...(range && { range }),
      times: timed.flatMap(({ precision, layers }) => {
        const found = layers.find(({ node }) => node === layer.name)
        return found === undefined ? [] : [{ precision, ns: found.ns, bytes: found.bytes }]
      }),
      verdict: verdictOf(layer, sharing),
    }
  })
}

/** The reader's choices for a network. */
export interface NetworkChoice {
  readonly strategy: string
  readonly sharing: Sharing
  readonly device: string | undefined
}

/** Devices with profiles of a workload. */
export function devicesOf({ profiles = [] }: Run, workload: string): string[] {
  return [...new Set(profiles.filter((one) => one.workload === workload).map(deviceOf))]
}

/** The fastest program of FP32 and of INT8 on a device, layer by layer. */
function timesOf({ profiles = [] }: Run, workload: string, device: string | undefined) {
  return (['fp32', 'int8'] as const).flatMap((precision) => {
    const [quickest] = profiles
      .filter((one) => one.workload === workload && one.precision === precision && deviceOf(one) === device)
      .toSorted((a, b) => a.device.wholeNs - b.device.wholeNs)
    return quickest === undefined ? [] : [{ precision, layers: quickest.device.layers }]
  })
}

function rangeOf(tensor: Layer | undefined, strategy: string): Ranked | undefined {
  return tensor && ranked(tensor).find(({ name }) => name === strategy)
}

/** The effect of INT8 in this layer alone on the model, and whether shared scales cause it. */
export function verdictOf({ alone, weights }: NetworkLayer, sharing: Sharing): Verdict {
  if (alone === undefined)
    return weights === undefined
      ? { tone: 'none', words: 'no weights' }
      : { tone: 'none', words: 'not measured' }
  const [own, other] = [alone[sharing] ?? Infinity, alone.perChannel ?? Infinity]
  if (own >= COSTS_DB) return { tone: 'good', words: 'holds' }
  const why = other >= COSTS_DB ? ': its channels need separate scales' : ''
  return own >= BREAKS_DB
    ? { tone: 'warn', words: `costs${why}` }
    : { tone: 'bad', words: `breaks the model${why}` }
}

/** The layer whose INT8 form alone costs most. Undefined if no layer was measured alone. */
export function hardestOf({ layers }: Network, sharing: Sharing): NetworkLayer | undefined {
  return layers
    .filter(({ alone }) => alone !== undefined)
    .toSorted((a, b) => (a.alone![sharing] ?? Infinity) - (b.alone![sharing] ?? Infinity))[0]
}
