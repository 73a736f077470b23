import { OctetError } from '@octet/core'
import { listWorkloads, modelFolder, saveTrained, trainWorkload } from '@octet/workloads'
import { Command } from 'commander'
import { discoverKernels } from '../discover/kernels.ts'
import { openTraining } from '../discover/training.ts'
import { packageRoots } from '../discover/roots.ts'
import { DONE } from '../process/exit.ts'
import { percent } from '../show/number.ts'
import { answer } from './answer.ts'
import { jsonOption } from './option.ts'
import type { Invocation } from './session.ts'

/** `octet train ID`. */
export function trainCommand(invocation: Invocation): Command {
  const known = listWorkloads().map(({ id }) => id)
  return new Command('train')
    .description('Train the FP32 model of a built-in workload again, deterministically, and store it.')
    .argument('<id>', known.join(', '))
    .option(
      '--out <dir>',
      'folder for model_fp32.onnx and manifest.json (default: the folder of the package)',
    )
    .addOption(jsonOption())
    .action(
      invocation.action(async (id: string, { out, json }: { out?: string; json?: string }) => {
        if (!known.includes(id))
          throw new OctetError(`there is no workload "${id}"`, `the known values are ${known.join(', ')}`)
        const { reporter } = invocation
        const { found } = await discoverKernels(packageRoots())
        const training = await openTraining(found, reporter)
        if (training.kernels !== undefined) reporter.stage(`${id}: matrix products by ${training.id}`)
        let done = 0
        const trained = await trainWorkload(id, {
          ...(training.kernels && { kernels: training.kernels }),
          onProgress: ({ step, steps, loss }) => {
            if (done === 0) reporter.begin(steps)
            reporter.stage(`${id}: loss ${loss.toFixed(4)}`)
            reporter.advance(step + 1 - done)
            done = step + 1
          },
        })
        reporter.end()
        const folder = out ?? modelFolder(id)
        saveTrained(trained, folder)
        const { accuracy, samples } = trained
        answer(
          invocation,
          json,
          { id, accuracy, samples, folder },
          `${id}: ${percent(accuracy)} on ${samples} samples, stored in ${folder}`,
        )
        return DONE
      }),
    )
}
