import { randomUUID } from 'node:crypto';
import type { Command } from 'commander';
import type { ClientConfig } from '../../config/load-config';
import { CliError, EXIT } from '../cli-error';
import { describeProblem, GatewayClient } from '../gateway-client';
import { lettersTable, replaySentence, statusText } from './bus-texts';
import type { BusStatusBody, LetterBody, ReplayBody } from './bus-texts';

const PAGE = 200;

/** Adds `quietline bus` to the program: what an operator looks at and does. */
export function addBusCommand(program: Command, client: () => ClientConfig, signal: AbortSignal): void {
  const bus = program.command('bus').description('how far behind events are, and dead letters');
  const gateway = (): GatewayClient => gatewayOf(client(), signal);
  bus
    .command('status')
    .description('the outbox, who empties it, how far consumers are behind')
    .option('--json', 'as the gateway says it')
    .action(async ({ json }: { json?: true }) => {
      const status = await read<BusStatusBody>(gateway(), '/v1/bus');
      print(json === true ? JSON.stringify(status) : statusText(status));
    });
  bus
    .command('letters')
    .description('events that consumers could not handle, newest first')
    .option('--consumer <name>', 'of this consumer only')
    .option('--json', 'one object a line')
    .action(async (options: { consumer?: string; json?: true }) => {
      const letters = await allLetters(gateway(), options.consumer);
      if (options.json === true) for (const letter of letters) print(JSON.stringify(letter));
      else print(lettersTable(letters));
    });
  bus
    .command('replay')
    .description('hand a dead letter to its consumer again, and after it those parked behind it')
    .argument('<consumer>', 'as `letters` names it')
    .argument('<event-id>', 'as `letters` names it')
    .action(async (consumer: string, eventId: string) => replay(gateway(), consumer, eventId));
}

async function replay(gateway: GatewayClient, consumer: string, eventId: string): Promise<void> {
  const path = `/v1/bus/letters/${encodeURIComponent(consumer)}/${encodeURIComponent(eventId)}/replay`;
  const answer = await gateway.ask('POST', path, undefined, randomUUID());
  if (answer.status !== 200 && answer.status !== 202) throw refused(answer);
  const body = answer.body as ReplayBody;
  const sentence = replaySentence(body);
  if (body.outcome !== 'replayed') throw new CliError(EXIT.failed, sentence);
  print(sentence);
}

async function allLetters(gateway: GatewayClient, consumer: string | undefined): Promise<LetterBody[]> {
  const letters: LetterBody[] = [];
  const query = new URLSearchParams({ limit: String(PAGE), ...(consumer === undefined ? {} : { consumer }) });
  for (;;) {
    const page = await read<{ items: LetterBody[]; nextCursor: string | null }>(
      gateway,
      `/v1/bus/letters?${query.toString()}`,
    );
    letters.push(...page.items);
    if (page.nextCursor === null) return letters;
    query.set('cursor', page.nextCursor);
  }
}

function gatewayOf({ url, key }: ClientConfig, signal: AbortSignal): GatewayClient {
  if (key !== undefined) return new GatewayClient(url, key, signal);
  throw new CliError(
    EXIT.usage,
    'QUIETLINE_KEY is not set: it must hold the key of a client with the role admin.',
  );
}

async function read<T>(gateway: GatewayClient, path: string): Promise<T> {
  const answer = await gateway.ask('GET', path);
  if (answer.status === 200) return answer.body as T;
  throw refused(answer);
}

const refused = (answer: { status: number; body: unknown }): CliError =>
  new CliError(EXIT.gateway, `The gateway refused: ${describeProblem(answer)}`);

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
