import { faultIn, type Finding, FindingSchema, type Layer, LayerSchema, parse } from '@octet/results'

/** The layers that a results file can hold, and a finding for each other layer. */
export function fitLayers(layers: readonly Layer[]): {
  readonly layers: readonly Layer[]
  readonly unfit: readonly Finding[]
} {
  const faults = layers.map((layer) => faultIn(LayerSchema, layer))
  return {
    layers: layers.filter((_, i) => faults[i] === undefined),
    unfit: layers.flatMap(({ workload, tensor }, i) =>
      faults[i] === undefined
        ? []
        : unrecorded(workload, `the calibration of tensor "${tensor}" cannot be recorded, ${faults[i]}`),
    ),
  }
}

/** The finding, or a finding that says that it cannot be recorded. */
export function fitFinding(finding: Finding): Finding {
  const fault = faultIn(FindingSchema, finding)
  return fault === undefined
    ? parse(FindingSchema, finding, 'a finding')
    : unrecorded(finding.workload, `finding "${finding.id}" cannot be recorded, ${fault}: ${finding.verdict}`)
}

function unrecorded(workload: string, verdict: string): Finding {
  return { workload, id: 'unrecorded', severity: 'fault', tensor: null, value: null, threshold: 0, verdict }
}
