import type { Finding, Fp16Audit, Layer } from '@octet/results'
import { CALIBRATIONS } from './cells.ts'

export function layersOf(workload: string, random: () => number): Layer[] {
  return ['input', 'stem.relu', 'block1.depthwise.relu6', 'head.logits'].map((tensor, i) => {
    const lo = i === 1 || i === 2 ? 0 : -4 - i
    const hi = 6 + i * 2
    const width = (hi - lo) / 128
    const counts = Array.from({ length: 128 }, (_, bin) => {
      const x = lo + (bin + 0.5) * width
      return Math.round(40_000 * Math.exp(-((x - 0.4) ** 2) / (0.4 + i)) + (random() < 0.2 ? 1 : 0))
    })
    const perCalibration = Object.fromEntries(
      CALIBRATIONS.map((name, k) => {
        const cut = k < 2 ? 1 : 1 - 0.08 * k
        const range = { lo: lo * cut, hi: hi * cut }
        const scale = (Math.max(range.hi, 0) - Math.min(range.lo, 0)) / 255
        return [
          name,
          {
            ...range,
            scale,
            zeroPoint: Math.round(-128 - range.lo / scale),
            clipped: k < 2 ? 0 : 0.0004 * k,
            saturated: k < 2 ? 0.00001 : 0.0005 * k,
            usedLevels: 256 - k,
            sqnrDb: 28 + Math.sin(k + i) * 6,
            clipErrorShare: k < 2 ? 0 : 0.09 * k,
            scaleInterval: name === 'moving-average' ? null : ([scale * 0.97, scale * 1.02] as const),
          },
        ]
      }),
    )
    return {
      workload,
      tensor,
      range: [lo, hi],
      histogram: { lo, width, counts },
      perCalibration,
      shift: { ks: 0.02 + 0.09 * i, wasserstein: 0.01 * 4 ** i, js: 0.004 * 3 ** i, psi: 0.03 * 2.5 ** i },
      chosen: {
        calibration: CALIBRATIONS[2 + i],
        evidence: CALIBRATIONS.filter((name) => name !== 'moving-average').map((calibration) => ({
          calibration,
          sqnrDb: calibration === CALIBRATIONS[2 + i] ? 33.4 : 33.1 - calibration.length / 3,
        })),
      },
      stretches: [
        { end: 'high', sample: 90 + i, value: hi, without: hi * (1 - 0.2 * i), share: 0.15 * i },
        ...(lo < 0 ? [{ end: 'low', sample: i, value: lo, without: null, share: 0 } as const] : []),
      ],
      fp16: fp16(tensor, i),
    }
  })
}

function fp16(tensor: string, i: number): Fp16Audit {
  const verdict = (['fine', 'overflows', 'absorbed', 'vanishes'] as const)[i]
  return {
    verdict,
    words: `"${tensor}" is made up, and ${verdict} in FP16`,
    largest: [6.5, 91_000, 70_100, 3e-7][i],
  }
}

export const FINDINGS: readonly Finding[] = [
  finding(
    'low-sqnr',
    'warning',
    'stem.relu',
    '"stem.relu" keeps an SQNR of 12.1 dB, mostly lost by rounding',
  ),
  finding(
    'sensor-gain',
    'fault',
    null,
    'sensor channel 2 reads 1.8 times what it does in evaluation: mend its gain',
  ),
  finding('normalized-twice', 'fault', null, 'the samples <i>look</i> normalized already: give raw ones'),
  finding('unstable-scale', 'note', 'input', 'the scale of "input" by entropy depends on few samples'),
  finding('clipping', 'warning', 'input', '"input" has 3.1% of its values clipped: widen its range'),
  finding(
    'clipping',
    'warning',
    'head.logits',
    '"head.logits" has 2.4% of its values clipped: widen its range',
  ),
  finding(
    'fp16-overflows',
    'fault',
    'stem.relu',
    '"stem.relu" reaches 91000: 0.1% of its values become infinite in FP16',
  ),
  { ...finding('few-levels', 'note', 'input', '"input" uses 12 of 256 integers'), workload: 'synthetic-mlp' },
]

function finding(id: string, severity: Finding['severity'], tensor: string | null, verdict: string): Finding {
  return { workload: 'synthetic-mobilenet', id, severity, tensor, value: 0.4, threshold: 0.25, verdict }
}
