/** An axis with its label under its middle, and no arrow. */
export const MIDDLE_LABEL = { labelArrow: 'none', labelAnchor: 'center' } as const
