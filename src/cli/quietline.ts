import { Command, CommanderError } from 'commander';
import { ConfigError, loadClientConfig } from '../config/load-config';
import { CliError, EXIT, type ExitCode } from './cli-error';
import { addBusCommand } from './bus/bus-command';
import { addMigrateCommand } from './migrate-command';
import { addScrubCommand } from './scrub/scrub-command';
import { addServeCommand } from './serve-command';

const HELP = `
Environment of commands that speak to a running gateway:
  QUIETLINE_URL  where it is (default: http://127.0.0.1:3000)
  QUIETLINE_KEY  the key of a client of it

Exit codes:
  0    done; of a scrub: every row was written
  1    failed for a reason that is nobody's request
  2    wrong usage: options, environment, a list that cannot be read
  3    the gateway could not be reached, or refused
  130  interrupted`;

function programOf(signal: AbortSignal): Command {
  const program = new Command('quietline')
    .description('The gate between campaign dialers and carriers.')
    .addHelpText('after', HELP)
    .exitOverride()
    .showHelpAfterError('(quietline --help tells more)');
  // Subcommands take these settings over from the program only when they are made, so they come after.
  addServeCommand(program);
  addMigrateCommand(program);
  addScrubCommand(program, loadClientConfig, signal);
  addBusCommand(program, loadClientConfig, signal);
  return program;
}

/** Runs one command line and says what to exit with. Never rejects. */
async function main(argv: readonly string[]): Promise<ExitCode> {
  const interruption = new AbortController();
  const interrupt = (): void => interruption.abort();
  process.once('SIGINT', interrupt);
  try {
    await programOf(interruption.signal).parseAsync([...argv]);
    return EXIT.done;
  } catch (error) {
    if (interruption.signal.aborted) return EXIT.interrupted;
    // Commander has printed its own message; help and version are no failures.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
    const message = error instanceof Error ? error.message : String(error);
    process.stderr.write(`quietline: ${message}\n`);
    if (error instanceof CliError) return error.exitCode;
    return error instanceof ConfigError ? EXIT.usage : EXIT.failed;
  } finally {
    process.removeListener('SIGINT', interrupt);
  }
}

// Who reads only the beginning of what is printed (`| head`) has seen enough.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(EXIT.interrupted);
  throw error;
});

// This file is an entry: loading it runs it. No process.exit, because what was written to a pipe must still leave it.
void main(process.argv).then((code) => {
  process.exitCode = code;
});
