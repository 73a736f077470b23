import { existsSync } from 'node:fs'
import { OctetError } from '@octet/core'
import { listWorkloads, writeWhole } from '@octet/workloads'
import { Command } from 'commander'
import { CONFIG_FILES } from '../config/read.ts'
import { DONE } from '../process/exit.ts'
import { scaffoldConfig } from '../scaffold/config.ts'
import { answer } from './answer.ts'
import { jsonOption } from './option.ts'
import type { Invocation } from './session.ts'

/** `octet init`. */
export function initCommand(invocation: Invocation): Command {
  return new Command('init')
    .description('Write octet.config.mjs: the settings of bench and recommend in this folder.')
    .argument('[model]', 'the MODEL.onnx to measure (default: the built-in workloads)')
    .addOption(jsonOption())
    .action(
      invocation.action((model: string | undefined, { json }: { json?: string }) => {
        const present = CONFIG_FILES.find((name) => existsSync(name))
        if (present !== undefined)
          throw new OctetError(`${present} is there already`, 'edit it, or remove it first')
        if (model !== undefined && !existsSync(model))
          throw new OctetError(`there is no file ${model}`, 'name a MODEL.onnx')
        const [file] = CONFIG_FILES
        writeWhole(file, scaffoldConfig(model ?? listWorkloads().map(({ id }) => id)))
        const next = 'Edit the file, then run octet bench. A flag takes the place of a setting.'
        answer(
          invocation,
          json,
          { file },
          `${file} has the settings of octet bench and octet recommend. ${next}`,
        )
        return DONE
      }),
    )
}
