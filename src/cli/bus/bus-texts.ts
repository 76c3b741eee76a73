/** What the endpoints under /v1/bus answer, as far as it is printed. */
export interface BusStatusBody {
  outbox: { depth: number; oldestSeconds: number; unheldBuckets: number };
  relays: { holder: string; buckets: number; live: boolean; until: string }[];
  consumers: { consumer: string; dead: number; parked: number; replaysPending: number }[];
  kafka?: { reachable: boolean; lags: { group: string; topic: string; partition: number; lag: number }[] };
}

export interface LetterBody {
  consumer: string;
  eventId: string;
  type?: string;
  state: string;
  parkedBehind?: string;
  attempts: number;
  reason: string;
  recordedAt: string;
}

export interface ReplayBody {
  outcome: string;
  handled?: number;
  blockingEventId?: string;
  reason?: string;
}

export function statusText({ outbox, relays, consumers, kafka }: BusStatusBody): string {
  const { depth, oldestSeconds, unheldBuckets } = outbox;
  const lines = [
    `outbox       ${depth} events wait, the oldest for ${oldestSeconds.toFixed(1)} s`,
    ...(unheldBuckets === 0 ? [] : [`             ${unheldBuckets} of its buckets are emptied by nobody`]),
    ...relays.map(
      ({ holder, buckets, live, until }) =>
        `relay        ${holder} ${live ? `holds ${buckets} buckets` : `is silent since ${until}`}`,
    ),
    ...consumers.map(
      ({ consumer, dead, parked, replaysPending }) =>
        `letters      ${consumer}: ${dead} dead, ${parked} parked` +
        (replaysPending === 0 ? '' : `, ${replaysPending} replays wait`),
    ),
    ...(consumers.length === 0 ? ['letters      none'] : []),
    ...brokersOf(kafka),
  ];
  return lines.join('\n');
}

function brokersOf(kafka: BusStatusBody['kafka']): string[] {
  if (kafka === undefined) return ['kafka        not used: events stay in these processes'];
  if (!kafka.reachable) return ['kafka        CANNOT BE REACHED'];
  const totals = new Map<string, number>();
  for (const { group, topic, lag } of kafka.lags) {
    const name = `${group} on ${topic}`;
    totals.set(name, (totals.get(name) ?? 0) + lag);
  }
  return [
    'kafka        reachable',
    ...[...totals].map(([name, lag]) => `lag          ${lag === 0 ? 'none' : lag}: ${name}`),
  ];
}

export function lettersTable(letters: readonly LetterBody[]): string {
  if (letters.length === 0) return 'There are no dead letters.';
  const rows = letters.map((letter) => [
    letter.consumer,
    letter.eventId,
    letter.state,
    letter.type ?? '',
    String(letter.attempts),
    letter.recordedAt,
    letter.parkedBehind === undefined ? letter.reason : `behind ${letter.parkedBehind}`,
  ]);
  return aligned([['CONSUMER', 'EVENT', 'STATE', 'TYPE', 'TRIES', 'AT', 'WHY'], ...rows]);
}

function aligned(rows: readonly string[][]): string {
  const [head = []] = rows;
  const widths = head.map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** What came of a replay, for the person at the terminal. */
export function replaySentence({
  outcome,
  handled = 0,
  blockingEventId = '',
  reason = '',
}: ReplayBody): string {
  switch (outcome) {
    case 'replayed':
      return `Replayed: ${handled} ${handled === 1 ? 'event was' : 'events were'} handled.`;
    case 'failed':
      return `${handled} handled, then ${blockingEventId} failed again: ${reason}`;
    case 'behind':
      return `It waits behind ${blockingEventId}: replay that one.`;
    case 'not_found':
      return 'It is no dead letter any more.';
    default:
      return 'No process that has this consumer has come to it yet; it will, as soon as it runs.';
  }
}
