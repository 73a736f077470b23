/** The command that continues an interrupted run. */
export function resumeCommand(folder: string): string {
  const quoted = /^[\w./:\\-]+$/.test(folder) ? folder : `'${folder}'`
  return `octet bench --resume ${quoted}`
}
