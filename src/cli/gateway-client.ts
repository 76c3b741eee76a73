import { setTimeout as delay } from 'node:timers/promises';
import { CliError, EXIT } from './cli-error';

/** Overload, a restart or a proxy in between: the same request may succeed a moment later. */
const WORTH_RETRYING = new Set([429, 502, 503, 504]);
const MAX_ATTEMPTS = 6;
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 15_000;
const REQUEST_TIMEOUT_MS = 60_000;

export interface GatewayAnswer {
  status: number;
  body: unknown;
}

/** A running gateway as the command line sees it. Only requests that may be repeated go through here. */
export class GatewayClient {
  constructor(
    private readonly url: string,
    private readonly key: string,
    private readonly signal: AbortSignal,
    private readonly firstPauseMs = FIRST_PAUSE_MS,
  ) {}

  /**
   * Answers whatever the gateway answers, once it is neither overloaded nor unreachable. The request may arrive more
   * than once, so it must be one that changes nothing, or carry an `idempotencyKey`.
   * @throws CliError after the last of its attempts, or at once where the answer is not the API's.
   */
  async ask(
    method: 'GET' | 'POST',
    path: string,
    body?: unknown,
    idempotencyKey?: string,
  ): Promise<GatewayAnswer> {
    for (let attempt = 1; ; attempt++) {
      const tried = await this.attempt(method, path, body, idempotencyKey);
      if ('answer' in tried) return tried.answer;
      if (attempt === MAX_ATTEMPTS) {
        throw new CliError(EXIT.gateway, `${tried.why}, ${MAX_ATTEMPTS} times in a row.`);
      }
      const pause = Math.max(tried.retryAfterMs, this.firstPauseMs * 2 ** (attempt - 1));
      // Spread, so that several requests that failed together do not come back together.
      const spread = pause * (0.75 + Math.random() / 2);
      await delay(Math.min(spread, LONGEST_PAUSE_MS), undefined, { signal: this.signal });
    }
  }

  private async attempt(
    method: string,
    path: string,
    body: unknown,
    idempotencyKey: string | undefined,
  ): Promise<{ answer: GatewayAnswer } | { why: string; retryAfterMs: number }> {
    try {
      const response = await fetch(`${this.url}${path}`, {
        method,
        headers: {
          authorization: `Bearer ${this.key}`,
          accept: 'application/json',
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...(idempotencyKey === undefined ? {} : { 'idempotency-key': `"${idempotencyKey}"` }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: AbortSignal.any([this.signal, AbortSignal.timeout(REQUEST_TIMEOUT_MS)]),
      });
      const text = await response.text();
      if (WORTH_RETRYING.has(response.status)) {
        const seconds = Number(response.headers.get('retry-after') ?? '0');
        const retryAfterMs = Number.isFinite(seconds) ? seconds * 1_000 : 0;
        return { why: `The gateway answered ${response.status}`, retryAfterMs };
      }
      return { answer: { status: response.status, body: this.parse(text) } };
    } catch (error) {
      if (error instanceof CliError || this.signal.aborted) throw error;
      return { why: `The gateway at ${this.url} cannot be reached (${reasonOf(error)})`, retryAfterMs: 0 };
    }
  }

  private parse(text: string): unknown {
    try {
      return JSON.parse(text);
    } catch (cause) {
      throw new CliError(EXIT.gateway, `What answers at ${this.url} is not a Quietline gateway.`, { cause });
    }
  }
}

/** What a person can act on of a problem document; never what was asked. */
export function describeProblem(answer: GatewayAnswer): string {
  const problem = isRecord(answer.body) ? answer.body : {};
  const code = typeof problem['code'] === 'string' ? ` ${problem['code']}` : '';
  const detail = typeof problem['detail'] === 'string' ? `: ${problem['detail']}` : '';
  const errors = Array.isArray(problem['errors']) ? problem['errors'].filter(isRecord) : [];
  const members = errors.map((error) => `${String(error['pointer'])} ${String(error['detail'])}`);
  return `${answer.status}${code}${detail}${members.length === 0 ? '' : ` (${members.join('; ')})`}`;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** `fetch failed` says nothing; its cause says ECONNREFUSED. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error && isRecord(error.cause) ? error.cause['code'] : undefined;
  if (typeof cause === 'string') return cause;
  return error instanceof Error ? error.message : String(error);
}
