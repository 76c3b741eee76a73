import { Presets, SingleBar } from 'cli-progress';

/** How far a scrub has come, for the person at the terminal. */
export interface ScrubProgress {
  update(bytesRead: number, rows: number): void;
  stop(): void;
}

/** A bar on the error stream, so that the output may be piped; nothing at all where that stream is no terminal. */
export function scrubProgress(totalBytes: number, stream: NodeJS.WriteStream): ScrubProgress {
  if (!stream.isTTY) return { update: () => undefined, stop: () => undefined };
  const bar = new SingleBar(
    {
      stream,
      format: 'scrub [{bar}] {percentage} % | {rows} rows | {duration_formatted} | {eta_formatted} to go',
      hideCursor: true,
      clearOnComplete: true,
    },
    Presets.rect,
  );
  bar.start(Math.max(totalBytes, 1), 0, { rows: 0 });
  return {
    update: (bytesRead, rows) => bar.update(bytesRead, { rows }),
    stop: () => bar.stop(),
  };
}
