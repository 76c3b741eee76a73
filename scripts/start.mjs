/**
 * `npm start`: makes a clone ready and then becomes `quietline serve`, in this very process, so that a signal or a kill meets
 * the gateway itself.
 *
 *   npm start -- [options of `quietline serve`]
 */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { orExit, prepare, root } from './prepare.mjs';

const PARENT_POLL_MS = 500;

orExit(prepare);
endWithNpm();
process.setSourceMapsEnabled(true);
const commandLine = join(root, 'dist/src/cli/quietline.js');
process.argv.splice(1, 1, commandLine, 'serve');
await import(pathToFileURL(commandLine).href);

/** npm passes SIGINT and SIGTERM on; when it is killed it cannot, and the gateway would be left behind unseen. */
function endWithNpm() {
  if (process.env.npm_lifecycle_event !== 'start') return;
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    process.kill(process.pid, 'SIGTERM');
  }, PARENT_POLL_MS);
  watch.unref();
}
