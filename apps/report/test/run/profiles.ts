import type { Cell, Profile } from '@octet/results'

/** One profile for each program of the synthetic GPU, whose stages add up to more than the whole. */
export function profiles(cells: readonly Cell[]): Profile[] {
  const timed = cells.filter(({ kernels, latency }) => kernels === 'synthetic-gpu' && latency !== undefined)
  const programs = new Map(timed.map((cell) => [`${cell.workload} ${cell.latency!.shared.program}`, cell]))
  return [...programs.values()].map(({ workload, kernels, adapter, precision, latency }) => {
    const { median, shared } = latency!
    const part = median / 20
    const stages = {
      decodeNs: part,
      uploadNs: 2 * part,
      normalizeNs: part / 2,
      quantizeNs: precision === 'int8' ? part / 2 : 0,
      computeNs: median - part,
      dequantizeNs: precision === 'int8' ? part / 4 : 0,
      submitNs: 2 * part,
      readbackNs: part,
      answerNs: part,
      restNs: -part,
    }
    const whole = Object.values(stages).reduce((sum, ns) => sum + ns, 0)
    return {
      workload,
      kernels,
      adapter,
      program: shared.program,
      precision,
      hostToHost: { median: whole, ci95: [whole - part, whole + part], samples: 21 },
      stages,
      device: {
        clock: 'gpu',
        wholeNs: median,
        restNs: 0,
        by: 'prefixes',
        layers: [
          { node: 'stem', op: 'Conv', ns: 0.7 * median, macs: 56_448, bytes: 28_512 },
          { node: 'head', op: 'Gemm', ns: 0.3 * median, macs: 7_840, bytes: 34_600 },
        ],
      },
    }
  })
}
