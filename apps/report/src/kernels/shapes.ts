import { kernelPrecisionName } from '@octet/core'
import { median } from '@octet/core/statistics'
import { type KernelResult } from '@octet/results'
import { type Child, h } from '../dom/element.ts'
import { counted, duration, ratio, significant } from '../format/number.ts'
import { measured } from '../table/measured.ts'
import { farRounds, isPastPeak } from './outliers.ts'
import { head, number, numberHead, scroller } from '../table/scroller.ts'
import { bar } from './bar.ts'

function heads(): HTMLElement[] {
  return [
    head('Precision'),
    head('Rate'),
    numberHead('Speed', '× FP32 [95%]'),
    numberHead('Of peak', 'measured'),
    numberHead('Time', 'median'),
    numberHead('First dispatch', 'with the driver’s compilation'),
    head('Computed by'),
  ]
}

/**
 * A table of shapes with a bar for every precision. Ops that multiply are shown by their rate, other ops by their
 * traffic.
 */
export function shapes(kernels: readonly KernelResult[]): Child {
  const multiplying = kernels.filter(({ gops }) => gops > 0)
  const moving = kernels.filter(({ gops }) => gops === 0)
  return [
    table('Matrix products and convolutions, in 10⁹ operations a second', multiplying, ({ gops }) => gops),
    table('Ops without multiplications, in GB a second', moving, ({ gbps }) => gbps),
  ]
}

function table(
  caption: string,
  kernels: readonly KernelResult[],
  rate: (kernel: KernelResult) => number,
): Child {
  if (kernels.length === 0) return undefined
  // The scale ends at a peak that a kernel exceeds, so that the other bars still differ visibly.
  const most = Math.max(
    ...kernels.map((kernel) => (isPastPeak(kernel) ? rate(kernel) / kernel.ofPeak!.share : rate(kernel))),
  )
  const past = kernels.filter(isPastPeak).length
  const columns = heads()
  const below =
    past > 0 &&
    h(
      'p',
      { class: 'facts' },
      `${counted(past, 'rate')} ${past === 1 ? 'lies' : 'lie'} above the measured peak, at which the ` +
        'bar is cut off. Operations are those of the direct algorithm, and Winograd’s needs fewer. Bytes ' +
        'are counted once, and small tensors stay in a cache that is too small for the peak’s copy.',
    )
  const table = {
    class: 'shapes',
    caption,
    heads: columns,
    body: [...Map.groupBy(kernels, ({ op, shape }) => `${op} ${shape}`).values()].map((group) =>
      h(
        'tbody',
        {},
        h(
          'tr',
          { class: 'shape' },
          h('th', { colspan: columns.length, scope: 'rowgroup' }, heading(group[0])),
        ),
        group.map((kernel) => row(kernel, rate(kernel), most)),
      ),
    ),
  }
  return scroller(caption, table, below)
}

function heading({ shape, models = [] }: KernelResult): Child {
  return h('span', {}, shape, models.length > 0 && h('small', {}, ` ${models.join(', ')}`))
}

function row(kernel: KernelResult, rate: number, most: number): HTMLElement {
  const { precision, weightBits, vsFp32, ofPeak, samples, firstDispatchNs, variant } = kernel
  const far = farRounds(samples)
  return h(
    'tr',
    { class: 'kernel' },
    h('th', { scope: 'row' }, kernelPrecisionName(kernel)),
    h(
      'td',
      { class: 'rate' },
      bar(
        `bar ${weightBits === 4 ? 'hollow' : ''} ${rate > most ? 'past' : ''}`,
        `--${precision}`,
        most > 0 ? Math.min(1, rate / most) : 0,
      ),
      significant(rate),
    ),
    number(vsFp32 && measured(vsFp32.ratio, vsFp32.ci95, ratio)),
    number(ofPeak && [`${Math.round(100 * ofPeak.share)}% `, h('small', {}, ofPeak.unit)]),
    number([
      duration(median(samples)),
      far > 0 && h('small', { class: 'far' }, ` ${far} of ${counted(samples.length, 'round')} far off`),
    ]),
    number(firstDispatchNs === undefined ? undefined : duration(firstDispatchNs)),
    h('td', {}, variant),
  )
}
