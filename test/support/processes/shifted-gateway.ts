import { SystemClock } from '../../../src/platform/clock/clock';
import { DatabaseTime } from '../../../src/platform/clock/database-time';
import { serve } from '../../../src/main';

/** `quietline serve` whose clocks are shifted by the milliseconds of its argument; nothing else is another. */
const shift = Number(process.argv[2] ?? Number.NaN);
if (!Number.isSafeInteger(shift)) throw new Error('Usage: shifted-gateway MILLISECONDS');
SystemClock.prototype.now = () => Date.now() + shift;
DatabaseTime.prototype.at = (reading) => reading + shift;

serve().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
