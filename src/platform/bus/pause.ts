/** A wait that somebody else can cut short. One at a time. */
export class Pause {
  private wake: (() => void) | undefined;

  async for(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.wake = undefined;
  }

  end(): void {
    this.wake?.();
  }
}
