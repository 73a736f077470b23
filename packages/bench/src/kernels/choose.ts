import { OctetError, type OpSpec } from '@octet/core'
import { problemsOf } from './catalog.ts'
import type { Problem, Suite } from './problem.ts'

interface Wanted {
  readonly suite?: Suite
  readonly op?: readonly OpSpec['op'][]
  /** Part of a shape, or of the name of a model. */
  readonly shape?: string
}

/**
 * The problems of a suite, limited to some ops and some shapes. Without a suite: the core suite, or all problems if a
 * shape is named.
 * @throws OctetError if no shape or model has a matching name.
 */
export function chosenProblems({ suite, op, shape }: Wanted): Problem[] {
  const problems = problemsOf(suite ?? (shape === undefined ? 'core' : 'all'))
  const text = shape?.toLowerCase() ?? ''
  const named = ({ shape: sizes, models }: Problem): boolean =>
    [sizes, ...models].some((one) => one.toLowerCase().includes(text))
  if (shape !== undefined && !problems.some(named))
    throw new OctetError(
      `no shape contains "${shape}"`,
      `the shapes are ${problems.map((one) => one.shape).join(', ')}`,
    )
  return problems.filter((one) => named(one) && (op?.includes(one.op) ?? true))
}
