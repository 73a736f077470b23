import { resolve } from 'node:path'
import { TASK_IDS, type TaskId, THRESHOLD } from '@octet/core'
import { readNormalization } from '@octet/workloads'
import type { Command } from 'commander'
import type { SourceFiles } from '../source/open.ts'
import { choiceOf, dimOption, type ModelFlags, outputOption, setOption, stateOption } from './model-option.ts'
import { collect, oneOf, probability } from './option.ts'

/** The values of the flags that say what a MODEL.onnx is, and which data go with it. */
export interface SourceFlags extends ModelFlags {
  readonly eval?: string
  readonly labels?: string
  readonly calib?: string
  readonly normalize?: string
  readonly manifest?: string
  readonly classes?: readonly string[]
  readonly task?: TaskId
  readonly threshold?: number
  readonly name?: string
}

/** Adds the flags that say what a MODEL.onnx is, and which data go with it: every verb that takes a model has them. */
export function withSourceOptions(command: Command): Command {
  return command
    .option('--eval <npy>', 'evaluation samples of a MODEL.onnx')
    .option('--labels <npy>', 'their labels; without labels the fidelity of the output is what is judged')
    .option(
      '--calib <npy>',
      'calibration samples of a MODEL.onnx: readings as the sensor delivers them (default: some of --eval)',
    )
    .option(
      '--normalize <how>',
      "how readings x of a MODEL.onnx are normalized, (x - offset) * scale: offset=0,scale=0.00392; or one number a channel, mean=123.7,116.3,103.5,std=58.4,57.1,57.4; a JSON file; or none (default: as the model's metadata says)",
    )
    .option('--manifest <json>', 'a manifest.json for a MODEL.onnx; the flags beside it go before it')
    .option(
      '--classes <list>',
      'names of the classes of a MODEL.onnx, in the order of its output',
      collect(String),
    )
    .option(
      '--task <task>',
      `what a MODEL.onnx is judged by: ${TASK_IDS.join(', ')} (default: as its labels look)`,
      oneOf('--task', TASK_IDS),
    )
    .option(
      '--threshold <p>',
      `least probability that a decision takes for a yes (default: ${THRESHOLD})`,
      probability('--threshold'),
    )
    .addOption(dimOption())
    .addOption(setOption())
    .addOption(outputOption())
    .addOption(stateOption())
    .option('--name <name>', 'what a MODEL.onnx is called in results (default: as its file)')
}

/**
 * The files that the flags name, by paths that hold in any folder, and what the flags state.
 * @throws OctetError for a normalization that cannot be read.
 */
export async function filesOf(flags: SourceFlags): Promise<SourceFiles> {
  const { eval: evaluation, labels, calib, manifest, name, classes, task, threshold } = flags
  const normalize = flags.normalize === undefined ? undefined : await readNormalization(flags.normalize)
  const stated = {
    ...(name !== undefined && { name }),
    ...(normalize !== undefined && { normalize }),
    ...(classes !== undefined && { classes }),
    ...(task !== undefined && { task }),
    ...(threshold !== undefined && { threshold }),
    ...choiceOf(flags),
  }
  return {
    ...(evaluation !== undefined && { evaluation: resolve(evaluation) }),
    ...(labels !== undefined && { labels: resolve(labels) }),
    ...(calib !== undefined && { calibration: resolve(calib) }),
    ...(manifest !== undefined && { manifest: resolve(manifest) }),
    ...(Object.keys(stated).length > 0 && { stated }),
  }
}
