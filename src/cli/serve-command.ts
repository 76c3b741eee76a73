import type { Command } from 'commander';

/** Adds `quietline serve`: the gateway itself, until SIGTERM. */
export function addServeCommand(program: Command): void {
  program
    .command('serve')
    .description('run the gateway with the configuration of this environment')
    .action(runServe);
}

async function runServe(): Promise<void> {
  const { serve } = await import('../main');
  await serve();
}
