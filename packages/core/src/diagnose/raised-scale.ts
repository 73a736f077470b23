import { isWeighted, weightsOf } from '../model/weights.ts'
import type { QuantizedModel } from '../model/quantized.ts'
import { KnownWeights } from '../quantize/known-weights.ts'
import { scalesWithRoom } from '../quantize/room.ts'
import { weightGrid } from '../quantize/weights.ts'
import { DIAGNOSE_THRESHOLDS, type CalibrationFinding } from './finding.ts'

/** Names the weights whose scales were raised so that sums stay within int32, model by model. */
export function raisedScales(models: readonly QuantizedModel[]): CalibrationFinding[] {
  const known = new KnownWeights()
  return models.flatMap((model) => raisedIn(model, known))
}

function raisedIn(
  { model, activations, weights, configuration }: QuantizedModel,
  known: KnownWeights,
): CalibrationFinding[] {
  return model.layers.filter(isWeighted).flatMap((layer): CalibrationFinding[] => {
    const own = weightsOf(model, layer)
    const input = activations.get(layer.inputs[0])!
    const plain = weightGrid(layer.name, own, input, configuration.weights, known)
    const ratios = Array.from(scalesWithRoom(layer.name, own, input, plain), (needed, m) => {
      const at = plain.scale.length === 1 ? 0 : m
      return needed > plain.scale[at] ? weights.get(layer.name)!.qparams.scale[at] / plain.scale[at] : 1
    })
    const raised = ratios.filter((ratio) => ratio > DIAGNOSE_THRESHOLDS.raised)
    if (raised.length === 0) return []
    const value = raised.reduce((most, ratio) => Math.max(most, ratio))
    const tensor = layer.node.inputs[1]
    const where =
      plain.axis === null
        ? 'its one scale'
        : `the scales of ${raised.length} of its ${ratios.length} output channels`
    return [
      {
        id: 'raised-scale',
        severity: 'note',
        tensor,
        value,
        threshold: DIAGNOSE_THRESHOLDS.raised,
        verdict:
          `"${tensor}" has ${where} raised, up to ${Number(value.toPrecision(3))} times, so that the ` +
          `sums of layer "${layer.name}" stay within int32: its weights are rounded that much more ` +
          'coarsely',
      },
    ]
  })
}
