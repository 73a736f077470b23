import { OctetError } from '@octet/core'
import type { Command } from 'commander'
import { settingsFor, takesSettings } from '../config/flags.ts'
import { readConfig } from '../config/read.ts'
import { messageOf } from '../show/message.ts'
import type { Reporter } from '../show/reporter.ts'

/** The source of a flag's value that is a setting of octet.config. */
const SOURCE = 'config'

/**
 * Gives the flags of a verb the settings of the project's octet.config. A flag that the user gave keeps its value. Data
 * of a model do not go with a workload that the user named, the host does not go with --cdp, and an interrupted run
 * continues with its own sweep.
 * @throws OctetError for a file that is not valid, and for a setting that the flag does not take.
 */
export async function configure(verb: Command, reporter: Reporter): Promise<void> {
  if (!takesSettings(verb.name())) return
  const file = await readConfig(process.cwd())
  if (file === undefined) return
  const isGiven = (flag: string): boolean => verb.getOptionValueSource(flag) === 'cli'
  const used = settingsFor(verb.name(), file).filter(
    ({ flag, name }) =>
      !isGiven(flag) &&
      !(name.startsWith('workloads') && isGiven('workload')) &&
      !(flag === 'host' && isGiven('cdp')) &&
      !(isGiven('resume') && !name.startsWith('goals')),
  )
  for (const { flag, text, name } of used) {
    const option = verb.options.find((one) => one.attributeName() === flag)!
    try {
      const value: unknown = option.parseArg === undefined ? text : option.parseArg(text, undefined)
      verb.setOptionValueWithSource(flag, value, SOURCE)
    } catch (error) {
      throw new OctetError(`${file.path}: ${name}: ${messageOf(error)}`)
    }
  }
  if (used.length > 0) reporter.note(`settings of ${file.path}: ${used.map(({ name }) => name).join(', ')}`)
}
