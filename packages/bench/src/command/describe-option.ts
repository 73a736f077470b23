import type { Option } from 'commander'

/** The words of a flag in help: its description, and its default as the user would write it. */
export function describeOption({ description, defaultValue, defaultValueDescription }: Option): string {
  if (defaultValueDescription !== undefined) return `${description} (default: ${defaultValueDescription})`
  // A flag without a value is off until it is given.
  if (defaultValue === undefined || typeof defaultValue === 'boolean') return description
  const written = Array.isArray(defaultValue) ? defaultValue.join(',') : String(defaultValue)
  return `${description} (default: ${written || 'none'})`
}
