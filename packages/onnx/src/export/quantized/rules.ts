import { layerRules } from './layer-rules.ts'
import { placementRules } from './placement-rules.ts'
import type { Rule } from './rule.ts'
import type { TargetId } from './targets.ts'
import { GraphView } from './view.ts'
import type { QuantizedGraph } from './write.ts'

/** Every rule that a quantized graph must keep for runtimes to join its nodes into layers of integers. */
export const RULES: readonly Rule[] = [...placementRules, ...layerRules]

/** The violations of a target's rules in a graph, one line each; empty where it follows all of them. */
export function brokenRules(graph: QuantizedGraph, target: TargetId): readonly string[] {
  const view = new GraphView(graph)
  return RULES.filter(({ targets }) => targets === undefined || targets.includes(target)).flatMap((rule) =>
    rule.broken(view).map((what) => `${rule.id}: ${what}`),
  )
}
