/** The id of a configuration whose ranges come from another run. It replaces the id of a calibrator. */
export const SAVED = 'saved'
