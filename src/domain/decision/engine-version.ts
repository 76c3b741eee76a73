/** Raised with every change that can change an answer: it is part of the policy version (RULINGS 10). */
export const ENGINE_VERSION = '1.1.0';
