/** A task that came to no end would hold its connection for ever; what is left is done in the next round. */
const MOST = 1_000;

/** Does one portion after another, as long as each says that there may be more and nothing asks to stop. */
export async function inPortions(stopping: AbortSignal, portion: () => Promise<boolean>): Promise<void> {
  for (let done = 0; done < MOST && !stopping.aborted; done++) {
    if (!(await portion())) return;
  }
}
