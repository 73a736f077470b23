import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { settingsFor, takesSettings } from '../src/config/flags.ts'
import { readConfig } from '../src/config/read.ts'
import { temporaryFolder } from './folder.ts'
import { fault, inFolder, onlyRun, read, REFERENCE, setUp } from './session.ts'

describe('octet.config.mjs', () => {
  let cwd = ''
  const write = (config: object): void =>
    writeFileSync(join(cwd, 'octet.config.mjs'), `export default ${JSON.stringify(config)}`)
  beforeEach(() => {
    cwd = setUp()
  })

  test('sets what bench measures, from any folder below it, and a flag takes the place of a setting', async () => {
    write({
      workloads: ['points'],
      sweep: { precision: ['int8'], calibration: ['minmax'], granularity: ['per-tensor'], weightBits: [8] },
      goals: { maxBytes: 1 },
    })
    const below = join(cwd, 'below')
    mkdirSync(below)
    const { code, stdout, stderr } = await inFolder(
      below,
      'bench',
      ...REFERENCE,
      '--quick',
      '--calibration',
      'mse',
    )
    expect([code, stderr]).toEqual([0, expect.stringContaining('sweep.precision, sweep.granularity')])
    const cells = read(onlyRun(below)).cells.map(
      ({ precision, calibration }) => `${precision} ${calibration}`,
    )
    expect(cells).toEqual(['int8 mse'])
    expect(stdout).toContain('no measured configuration meets the goals (1.00 points of FP32, 1 bytes)')
  })

  test('gives recommend its goals', async () => {
    write({ goals: { maxDrop: 0.25, minSqnrDb: 99 }, board: 'stm32u575' })
    const settings = settingsFor('recommend', (await readConfig(cwd))!)
    expect(settings.map(({ flag, text }) => [flag, text])).toEqual([
      ['maxDrop', '0.25'],
      ['minSqnrDb', '99'],
      ['board', 'stm32u575'],
    ])
    expect(['bench', 'recommend', 'quantize'].map(takesSettings)).toEqual([true, true, false])
  })

  test.each([
    [{ sweep: { precison: ['int8'] } }, /octet\.config\.mjs is not valid.*precison/],
    [
      { sweep: { precision: ['int7'] } },
      /octet\.config\.mjs: sweep\.precision: there is no precision "int7"/,
    ],
    [{ board: 'toaster' }, /octet\.config\.mjs: board: there is no board "toaster"/],
    [{ workloads: { eval: 'x.npy' } }, /octet\.config\.mjs is not valid/],
  ])('%j is refused in one line', async (config, said) => {
    write(config)
    expect(fault(await inFolder(cwd, 'bench'))).toMatch(said)
  })

  test('that is not valid stops no verb that takes no settings', async () => {
    write({ sweep: { precison: ['int8'] } })
    const { code, stderr } = await inFolder(cwd, 'list')
    expect([code, stderr]).toEqual([0, ''])
    for (const verb of ['bench', 'recommend'])
      expect(fault(await inFolder(cwd, verb))).toContain('octet.config.mjs is not valid')
  })

  test('that is not a module is refused in one line, and TypeScript where Node cannot read it', async () => {
    writeFileSync(join(cwd, 'octet.config.mjs'), 'export default {')
    expect(fault(await inFolder(cwd, 'bench'))).toContain('octet.config.mjs cannot be read')
    const typed = temporaryFolder()
    writeFileSync(join(typed, 'octet.config.ts'), "export default { host: 'node' as const }")
    const reads = 'typescript' in process.features && Boolean(process.features.typescript)
    if (reads) expect(await readConfig(typed)).toMatchObject({ config: { host: 'node' } })
    else await expect(readConfig(typed)).rejects.toThrow('is TypeScript, which Node')
  })

  test('is what octet init writes, once', async () => {
    const made = await inFolder(cwd, 'init', join('points', 'model_fp32.onnx'))
    expect([made.code, existsSync(join(cwd, 'octet.config.mjs'))]).toEqual([0, true])
    const file = (await readConfig(cwd))!
    const settings = new Map(settingsFor('bench', file).map(({ flag, text }) => [flag, text]))
    expect(settings.get('workload')).toBe(join(cwd, 'points', 'model_fp32.onnx'))
    expect(settings.get('maxDrop')).toBe('1')
    expect(fault(await inFolder(cwd, 'init'))).toContain('octet.config.mjs is there already')
    expect(readFileSync(file.path, 'utf8')).toContain("import('@octet/cli').Config")
  })
})
