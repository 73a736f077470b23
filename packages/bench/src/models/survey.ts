import { type ModelRace, ModelRaceSchema, parse } from '@octet/results'
import type { RenewableDevice } from '../discover/renewable.ts'
import { tryDevices } from '../measure/correctness.ts'
import { openTeam } from '../peers/team.ts'
import { messageOf } from '../show/message.ts'
import type { Reporter } from '../show/reporter.ts'
import { tuneFor } from '../sweep/tuning.ts'
import { raceModel } from './race.ts'
import type { ReadyModel } from './ready.ts'

/** The peers and the tuning of a race. */
export interface ModelSelection {
  /** Ids of the peers. */
  readonly peers: readonly string[]
  /** The most time of tuning for each model and device. */
  readonly tuneMs: number
}

/** Races every model on every device. A failure on one device does not affect the others. */
export async function surveyModels(
  ready: readonly ReadyModel[],
  devices: readonly RenewableDevice[],
  { peers, tuneMs }: ModelSelection,
  reporter: Reporter,
): Promise<{ readonly models: readonly ModelRace[]; readonly failed: readonly string[] }> {
  const models: ModelRace[] = []
  const failed: string[] = []
  reporter.begin(ready.length * devices.length)
  for (const device of devices) {
    const team = peers.length > 0 ? await openTeam(peers, device.device.info) : undefined
    try {
      for (const model of ready) {
        const name = `${model.workload} on ${device.name}`
        reporter.stage(name)
        try {
          const right = await rightPrograms(model, device, reporter, failed)
          if (tuneMs > 0) await tuneFor(right.programs, device, tuneMs, reporter)
          const { kernels } = device
          const race = await device.use((open) => raceModel(right, { kernels, device: open }, team))
          models.push(parse(ModelRaceSchema, race, 'what was measured'))
        } catch (error) {
          failed.push(`${name}: ${messageOf(error)}`)
        }
        reporter.advance(1)
      }
    } finally {
      team?.close()
    }
  }
  reporter.end()
  return { models, failed }
}

/** The model with those of its programs that the device computes correctly. `failed` names the others. */
async function rightPrograms(
  model: ReadyModel,
  device: RenewableDevice,
  reporter: Reporter,
  failed: string[],
): Promise<ReadyModel> {
  const programs = []
  for (const program of model.programs) {
    const { faults } = await tryDevices(program, model.sample, [device], reporter)
    const fault = faults.get(device.name)
    if (fault === undefined) programs.push(program)
    else failed.push(`${model.workload} ${program.precision} on ${device.name}: ${fault}`)
  }
  return { ...model, programs }
}
