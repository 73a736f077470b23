/** The command that goes on with a run that was cut off. */
export function resumeCommand(folder: string): string {
  const quoted = /^[\w./:\\-]+$/.test(folder) ? folder : `'${folder}'`
  return `octet bench --resume ${quoted}`
}
