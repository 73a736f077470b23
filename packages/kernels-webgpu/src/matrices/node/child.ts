// Runs in its own process, because some drivers crash in subgroup matrices. Reports each step to its parent before the
// step begins.
import { isDevice } from '@octet/core'
import { webgpuPackage } from '../../package.ts'
import { judgeMatrices } from '../judge.ts'
import { endWithParent } from './orphan.ts'
import type { Message, Task } from './task.ts'

async function say(message: Message): Promise<void> {
  await new Promise((resolve) => process.send!(message, resolve))
}

endWithParent()
const given = new Promise<Task>((resolve) => process.once('message', resolve))
await say({ kind: 'ready' })
const { adapter, component } = await given
await say({ kind: 'enter', what: 'opening the adapter' })
const kernels = webgpuPackage({}, (config) => config.component === component)
const opened = await kernels.open({
  runtime: 'node',
  adapter,
  warn: (text) => void say({ kind: 'warn', text }),
})
if (isDevice(opened)) {
  const conformance = await judgeMatrices(opened, (what) => say({ kind: 'enter', what }))
  await say({ kind: 'judged', conformance })
} else await say({ kind: 'unavailable', reason: opened.unavailable })
