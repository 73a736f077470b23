import { BAD_INPUT, exit } from './exit.ts'

/**
 * A part of this program. Where it cannot be loaded, as too few files may be open, the process ends with one line:
 * the modules that usually say such things may be missing too. Of a package.json that cannot be opened Node says that
 * there is no such package.
 */
export async function loaded<Module>(load: () => Promise<Module>): Promise<Module> {
  try {
    return await load()
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error)) throw error
    const [what] = error.message.split('\n', 1)
    const line = `octet: cannot be loaded: ${what}. build it again, and let it open more files (ulimit -n)\n`
    await new Promise((resolve) => process.stderr.write(line, resolve))
    exit(BAD_INPUT)
  }
}
