/** An axis with its label centred below it, without an arrow. */
export const MIDDLE_LABEL = { labelArrow: 'none', labelAnchor: 'center' } as const
