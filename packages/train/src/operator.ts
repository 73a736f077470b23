export type { Bind, Mode, Operator, Value } from '@octet/core'
