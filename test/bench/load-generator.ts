import { generate } from './load/generate';
import type { LoadOrder } from './load/protocol';

/** The load generator: a process of its own, so that what it costs is not the cost of what it measures. */
process.on('message', (order: LoadOrder) => {
  generate(order).then(
    (result) => process.send?.({ result }),
    (error: unknown) => process.send?.({ error: error instanceof Error ? error.message : String(error) }),
  );
});
