import { layerRules } from './layer-rules.ts'
import { placementRules } from './placement-rules.ts'
import type { Rule } from './rule.ts'
import type { TargetId } from './targets.ts'
import { GraphView } from './view.ts'
import type { QuantizedGraph } from './write.ts'

/** Every rule that a quantized graph must keep, so that runtimes fuse its nodes into integer layers. */
export const RULES: readonly Rule[] = [...placementRules, ...layerRules]

/** The violations of a target's rules in a graph, one line each. Empty if there are none. */
export function brokenRules(graph: QuantizedGraph, target: TargetId): readonly string[] {
  const view = new GraphView(graph)
  return RULES.filter(({ targets }) => targets === undefined || targets.includes(target)).flatMap((rule) =>
    rule.broken(view).map((what) => `${rule.id}: ${what}`),
  )
}
