import { type Board, type BoardId, BOARDS, TINY_MODELS, type TinyModel } from './boards.ts'

/** The energy of one multiply-add on a board, from the published runs. */
export interface Profile {
  /** The geometric mean over the models. */
  readonly picojoulesPerMac: number
  /** The number of models. */
  readonly models: number
}

/** An energy that no meter read. */
export interface Modelled {
  /** The energy of one INT8 inference. */
  readonly joules: number
  /**
   * The range from `joules` times the smallest to `joules` times the largest ratio of a model's measurement to its
   * prediction. Each model is predicted without its own measurement.
   */
  readonly range: readonly [lo: number, hi: number]
}

/** The energy of a multiply-add on a board: one constant from all its models. */
export function profileOf({ runs }: Pick<Board, 'runs'>): Profile {
  const costs = costsOf(runs)
  return { picojoulesPerMac: geometricMean(costs), models: costs.length }
}

/**
 * Leave-one-out: for each model of a board, the measured energy over the prediction by the other models' constant. In
 * the order of the models.
 */
export function measuredOverPredicted({ runs }: Pick<Board, 'runs'>): number[] {
  const costs = costsOf(runs)
  return costs.map((cost, left) => cost / geometricMean(costs.filter((_, i) => i !== left)))
}

/** The least and the largest ratio of `measuredOverPredicted`, over all models of all boards. */
export function leaveOneOutRange(): readonly [lo: number, hi: number] {
  const ratios = Object.values(BOARDS).flatMap(measuredOverPredicted)
  return [Math.min(...ratios), Math.max(...ratios)]
}

/** The energy of an INT8 inference on a board, modelled by one constant per multiply-add. */
export function modelledEnergy(id: BoardId, macs: number): Modelled {
  const joules = profileOf(BOARDS[id]).picojoulesPerMac * macs * 1e-12
  const [lo, hi] = leaveOneOutRange()
  return { joules, range: [lo * joules, hi * joules] }
}

/** The published latency on a board of a model with exactly the same multiply-adds. */
export interface PublishedLatency {
  readonly model: string
  /** The time of one INT8 inference. */
  readonly ns: number
}

/** Undefined if no model with this number of multiply-adds was published. */
export function publishedLatency(id: BoardId, macs: number): PublishedLatency | undefined {
  const runs: Board['runs'] = BOARDS[id].runs
  const model = modelsOf(runs).find((one) => TINY_MODELS[one].macs === macs)
  return model && { model: TINY_MODELS[model].name, ns: 1e9 / runs[model]!.inferencesPerSecond }
}

/** The picojoules of a multiply-add, by model. */
function costsOf(runs: Board['runs']): number[] {
  return modelsOf(runs).map((model) => (runs[model]!.microjoules * 1e6) / TINY_MODELS[model].macs)
}

function modelsOf(runs: Board['runs']): TinyModel[] {
  return Object.keys(runs) as TinyModel[]
}

function geometricMean(values: readonly number[]): number {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length)
}
