import { type Board, type BoardId, BOARDS, TINY_MODELS, type TinyModel } from './boards.ts'

/** The energy of one multiply-add on a board, from the published runs. */
export interface Profile {
  /** Geometric mean over the models. */
  readonly picojoulesPerMac: number
  /** Number of models. */
  readonly models: number
}

/** An energy that no meter read. */
export interface Modelled {
  /** Of one INT8 inference. */
  readonly joules: number
  /** From the smallest to the largest that a model's measurement was of its prediction, when the model was left out. */
  readonly range: readonly [lo: number, hi: number]
}

/** The energy of a multiply-add on a board: one constant, from all its models. */
export function profileOf({ runs }: Pick<Board, 'runs'>): Profile {
  const costs = costsOf(runs)
  return { picojoulesPerMac: geometricMean(costs), models: costs.length }
}

/**
 * Leave-one-out: of each model of a board, what was measured over what the other models' constant predicts. In the
 * order of the models.
 */
export function measuredOverPredicted({ runs }: Pick<Board, 'runs'>): number[] {
  const costs = costsOf(runs)
  return costs.map((cost, left) => cost / geometricMean(costs.filter((_, i) => i !== left)))
}

/** The least and the most that a left-out model took of its prediction, over all models of all boards. */
export function leaveOneOutRange(): readonly [lo: number, hi: number] {
  const ratios = Object.values(BOARDS).flatMap(measuredOverPredicted)
  return [Math.min(...ratios), Math.max(...ratios)]
}

/** The energy of an INT8 inference on a board, modelled by one constant for each multiply-add. */
export function modelledEnergy(id: BoardId, macs: number): Modelled {
  const joules = profileOf(BOARDS[id]).picojoulesPerMac * macs * 1e-12
  const [lo, hi] = leaveOneOutRange()
  return { joules, range: [lo * joules, hi * joules] }
}

/** The latency that was published of a model with the very same multiply-adds on a board. */
export interface PublishedLatency {
  readonly model: string
  /** Of one INT8 inference. */
  readonly ns: number
}

/** Undefined where no model of as many multiply-adds was published. */
export function publishedLatency(id: BoardId, macs: number): PublishedLatency | undefined {
  const runs: Board['runs'] = BOARDS[id].runs
  const model = modelsOf(runs).find((one) => TINY_MODELS[one].macs === macs)
  return model && { model: TINY_MODELS[model].name, ns: 1e9 / runs[model]!.inferencesPerSecond }
}

/** Picojoules of a multiply-add, by model. */
function costsOf(runs: Board['runs']): number[] {
  return modelsOf(runs).map((model) => (runs[model]!.microjoules * 1e6) / TINY_MODELS[model].macs)
}

function modelsOf(runs: Board['runs']): TinyModel[] {
  return Object.keys(runs) as TinyModel[]
}

function geometricMean(values: readonly number[]): number {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length)
}
