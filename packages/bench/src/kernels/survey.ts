import type { DevicePeak, KernelResult, NotTimed } from '@octet/results'
import type { RenewableDevice } from '../discover/renewable.ts'
import type { Reporter } from '../show/reporter.ts'
import type { Conformity } from './conform.ts'
import { PEER_EFFORT } from './contest.ts'
import { DeviceSurvey, type DeviceTuned, type Selection, type SurveyEffort } from './device-survey.ts'
import { KERNEL_EFFORT } from './race.ts'

export interface Survey {
  readonly conformance: readonly Conformity[]
  readonly tuned: readonly DeviceTuned[]
  readonly peaks: readonly DevicePeak[]
  readonly kernels: readonly KernelResult[]
  readonly notTimed: readonly NotTimed[]
}

/**
 * Checks the conformance of every selected op on every device, measures the peak rates, and times the kernels that
 * conform. Missing kernels are listed with the reason.
 */
export async function surveyKernels(
  devices: readonly RenewableDevice[],
  selection: Selection,
  reporter: Reporter,
  effort: SurveyEffort = { own: KERNEL_EFFORT, peers: PEER_EFFORT },
): Promise<Survey> {
  const surveys: DeviceSurvey[] = []
  reporter.begin(devices.length * (selection.problems.length + 1))
  for (const device of devices) {
    const survey = new DeviceSurvey(device, selection, reporter, effort)
    await survey.run()
    surveys.push(survey)
  }
  reporter.end()
  return {
    conformance: surveys.map(({ conformance }) => conformance),
    tuned: surveys.flatMap(({ tuned }) => tuned),
    peaks: surveys.flatMap(({ peaks }) => peaks),
    kernels: surveys.flatMap(({ kernels }) => kernels),
    notTimed: surveys.flatMap(({ notTimed }) => notTimed),
  }
}
