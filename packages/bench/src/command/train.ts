import { OctetError } from '@octet/core'
import { listWorkloads, modelFolder, saveTrained, trainWorkload } from '@octet/workloads'
import { Command } from 'commander'
import { trainByKernels } from '../discover/products.ts'
import { percent } from '../show/number.ts'
import { Progress } from '../show/progress.ts'
import { answer } from './answer.ts'
import { jsonOption } from './option.ts'

/** `octet train ID`. */
export function trainCommand(): Command {
  const known = listWorkloads().map(({ id }) => id)
  return new Command('train')
    .description('Train the FP32 model of a built-in workload again, deterministically, and store it.')
    .argument('<id>', known.join(', '))
    .option(
      '--out <dir>',
      'folder for model_fp32.onnx and manifest.json (default: where the package keeps them)',
    )
    .addOption(jsonOption())
    .action(async (id: string, { out, json }: { out?: string; json?: string }) => {
      if (!known.includes(id))
        throw new OctetError(`there is no workload "${id}"`, `the known ones are ${known.join(', ')}`)
      const progress = new Progress()
      const products = await trainByKernels()
      if (products !== undefined) progress.note(`${id}: matrix products by ${products}`)
      let done = 0
      const trained = await trainWorkload(id, {
        onProgress: ({ step, steps, loss }) => {
          if (done === 0) progress.begin(steps)
          progress.note(`${id}: loss ${loss.toFixed(4)}`)
          progress.advance(step + 1 - done)
          done = step + 1
        },
      })
      progress.end()
      const folder = out ?? modelFolder(id)
      saveTrained(trained, folder)
      const { accuracy, samples } = trained
      answer(
        json,
        { id, accuracy, samples, folder },
        `${id}: ${percent(accuracy)} on ${samples} samples, stored in ${folder}`,
      )
    })
}
