import { OctetError } from '@octet/core'

/**
 * Loads a package that a browser host alone needs, so that a project without one need not install it.
 * @throws OctetError that names the package where it is not installed.
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
