/** The id of a configuration whose ranges another run found. It stands where a calibrator's id does. */
export const SAVED = 'saved'
