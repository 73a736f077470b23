import { resolve } from 'node:path'
import { TASK_IDS, type TaskId, THRESHOLD } from '@octet/core'
import { readNormalization } from '@octet/workloads'
import type { Command } from 'commander'
import type { SourceFiles } from '../source/open.ts'
import { choiceOf, dimOption, type ModelFlags, outputOption, setOption, stateOption } from './model-option.ts'
import { collect, oneOf, probability } from './option.ts'

/** The values of the flags that describe a MODEL.onnx and its data. */
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

/** Adds the flags that describe a MODEL.onnx and its data. All verbs that take a model have these flags. */
export function withSourceOptions(command: Command): Command {
  return command
    .option('--eval <npy>', 'evaluation samples of a MODEL.onnx (default: none)')
    .option(
      '--labels <npy>',
      'labels of the evaluation samples; without labels Octet judges the fidelity of the output (default: none)',
    )
    .option(
      '--calib <npy>',
      'calibration samples of a MODEL.onnx: readings as the sensor delivers them (default: some of --eval)',
    )
    .option(
      '--normalize <how>',
      'normalization of the readings x of a MODEL.onnx, (x - offset) * scale: offset=0,scale=0.00392; ' +
        'with one number for each channel, mean=123.7,116.3,103.5,std=58.4,57.1,57.4; a JSON file; or ' +
        "none (default: from the model's metadata)",
    )
    .option('--manifest <json>', 'a manifest.json for a MODEL.onnx; other flags override it (default: none)')
    .option(
      '--classes <list>',
      'names of the classes of a MODEL.onnx, in the order of its output (default: their numbers)',
      collect(String),
    )
    .option(
      '--task <task>',
      `the task of a MODEL.onnx: ${TASK_IDS.join(', ')} (default: found from the labels)`,
      oneOf('--task', TASK_IDS),
    )
    .option(
      '--threshold <p>',
      `the least probability that counts as a yes (default: ${THRESHOLD})`,
      probability('--threshold'),
    )
    .addOption(dimOption())
    .addOption(setOption())
    .addOption(outputOption())
    .addOption(stateOption())
    .option('--name <name>', 'the name of a MODEL.onnx in results (default: the name of its file)')
}

/**
 * The files that the flags name, as absolute paths, and the other values of the flags.
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
