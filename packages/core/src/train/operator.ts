export type { Bind, Mode, Operator, Value } from '../kernel/training.ts'
