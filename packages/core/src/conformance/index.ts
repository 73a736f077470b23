export { arithmeticCases, conformanceCases, type ConformanceCase } from './case.ts'
export { inexactness, probed } from './probe.ts'
export { difference, judge, runConformance } from './run.ts'
export type { CaseResult, ConformanceOptions, ConformanceReport } from './run.ts'
