/** Life of an authorization in milliseconds (`AUTHORIZATION_TTL`), as Nest injects it. */
export const AUTHORIZATION_TTL = Symbol('AUTHORIZATION_TTL');

/** At most this many questions go into one transaction. */
export const MAX_BATCH_SIZE = 256;

/** Two: one waits for its commit while the other decides (ARCHITECTURE, "The hot path"). */
export const MAX_BATCHES_IN_FLIGHT = 2;

/** Waiting questions per lane before the answer is 503: about a second of work. */
export const MAX_WAITING = 8_192;
