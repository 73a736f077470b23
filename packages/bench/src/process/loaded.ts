import { BAD_INPUT, exit } from './exit.ts'

/**
 * Loads a part of this program. If that fails, e.g. because too few files may be open, the process ends with one line.
 * The usual modules for messages may be missing too. For a package.json that cannot be opened, Node says that there is
 * no such package.
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
