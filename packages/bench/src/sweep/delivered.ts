import { OctetError, type QuantizedModel } from '@octet/core'
import type { Configuration } from '@octet/results'
import type { Reporter } from '../show/reporter.ts'
import { FP32 } from './configurations.ts'
import type { Subject } from './subject.ts'

/**
 * The configurations of a workload with a delivered quantized model. The delivered model is one INT8 configuration. If
 * the workload's own model is quantized, only that configuration and FP32 are measured, because there is nothing left
 * to quantize. If its grids are made for each sample, only FP32 is measured, which computes its integers.
 */
export function withDelivered(
  { info, workload }: Subject,
  all: readonly Configuration[],
  reporter: Reporter,
): readonly Configuration[] {
  const { delivered, isDynamic } = workload
  if (isDynamic) return asDelivered(info.id, all, reporter)
  if (delivered === undefined) return all
  const wantsIntegers = all.some(({ precision }) => precision === 'int8')
  const own = wantsIntegers ? [configurationOf(delivered.model)] : []
  if (!delivered.isItself) return [...all, ...own]
  const left = all.filter((one) => one !== FP32)
  if (left.length > 0)
    reporter.log(
      `${info.id} is quantized already: it is measured as delivered, and in FP32 as its nodes are defined; ` +
        `${left.length} other configurations are left out. ` +
        'Give the FP32 model as --workload and this one as --quantized to see both',
    )
  return [...all.filter((one) => one === FP32), ...own]
}

function asDelivered(
  id: string,
  all: readonly Configuration[],
  reporter: Reporter,
): readonly Configuration[] {
  const left = all.filter((one) => one !== FP32)
  if (left.length > 0)
    reporter.log(
      `${id} is quantized already, with a grid for each sample: it is measured as delivered, its integers as whole ` +
        `numbers in FP32; ${left.length} other configurations are left out. Give the FP32 model as ` +
        '--workload to quantize it',
    )
  return [FP32]
}

/** The delivered quantized model of a configuration. @throws OctetError if the workload has none. */
export function deliveredOf({ info, workload }: Subject): QuantizedModel {
  if (workload.delivered === undefined) throw new OctetError(`${info.id} has no model that came quantized`)
  return workload.delivered.model
}

function configurationOf({ configuration: { activations, weights } }: QuantizedModel): Configuration {
  const scheme = ({ symmetric }: { readonly symmetric: boolean }): 'symmetric' | 'affine' =>
    symmetric ? 'symmetric' : 'affine'
  return {
    method: 'delivered',
    precision: 'int8',
    weights: { bits: weights.bits, scheme: scheme(weights), granularity: weights.granularity },
    activations: { bits: activations.bits, scheme: scheme(activations), granularity: 'per-tensor' },
    calibration: 'as-delivered',
  }
}
