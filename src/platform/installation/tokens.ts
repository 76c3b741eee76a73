/** The token under which Nest injects the `Config` of this process. */
export const CONFIG = Symbol('Config');

/** The token under which Nest injects the `Installation`. */
export const INSTALLATION = Symbol('Installation');
