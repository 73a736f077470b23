/**
 * The id of a configuration whose ranges another run found: it stands where a calibrator's id does, and chooses nothing.
 */
export const SAVED = 'saved'
