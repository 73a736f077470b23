import { OctetError } from '@octet/core'

/**
 * Loads a package that only a browser host needs. A project without a browser host need not install it.
 * @throws OctetError that names the package, if it is not installed.
 */
export async function onUse<Module>(name: string, load: () => Promise<Module>): Promise<Module> {
  try {
    return await load()
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code !== 'ERR_MODULE_NOT_FOUND' || !message.includes(`'${name}'`)) throw error
    throw new OctetError(
      `the package ${name} is not installed, and a run in a browser needs it`,
      `npm install --save-dev ${name}`,
    )
  }
}
