/** Raised with every change that can change a label: it stands in every record made from one. */
export const RECOGNISER_VERSION: string = '1.3.0';
