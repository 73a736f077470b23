import { cells } from '../cells/cells.ts'
import { compare } from '../compare/compare.ts'
import { decision } from '../decision/decision.ts'
import { environment } from '../environment/environment.ts'
import { kernels } from '../kernels/kernels.ts'
import { layers } from '../layers/layers.ts'
import { pipeline } from '../pipeline/pipeline.ts'
import { training } from '../training/training.ts'
import { workload } from '../workload/workload.ts'
import type { View } from './view.ts'

/** All views, in the order of the masthead. */
export const VIEWS: readonly View[] = [
  decision,
  workload,
  cells,
  layers,
  pipeline,
  kernels,
  training,
  compare,
  environment,
]
