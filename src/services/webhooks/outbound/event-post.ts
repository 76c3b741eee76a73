import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import type { Socket } from 'node:net';
import { Inject, Injectable } from '@nestjs/common';
import { WEBHOOK_OPTIONS, type WebhookOptions } from '../webhook-options';
import { AddressRules } from './address-rules';
import { AddressRefusedError, guardedLookup } from './guarded-lookup';
import { readSubscriberUrl } from './subscriber-url';

/** What became of one request. A status is an answer, whatever it says; `failed` names why there is none. */
export type Sent =
  { kind: 'answered'; status: number; retryAfter?: string } | { kind: 'failed'; code: FailureCode };

export type FailureCode =
  'TIMEOUT' | 'ADDRESS_REFUSED' | 'NAME_UNKNOWN' | 'TLS_FAILED' | 'CONNECTION_FAILED' | 'STOPPED';

/** An event as it goes out, signed. */
export interface Posting {
  url: string;
  headers: Readonly<Record<string, string>>;
  body: string;
}

class TimeoutError extends Error {
  readonly code = 'TIMEOUT';
}

/**
 * Sends one event over a connection of its own: no pool, so that each delivery asks for the name and checks the
 * address anew. Redirects are not followed, because nobody has checked where to. Never rejects.
 */
@Injectable()
export class EventPost {
  private readonly addresses: AddressRules;

  constructor(@Inject(WEBHOOK_OPTIONS) private readonly options: WebhookOptions) {
    this.addresses = new AddressRules(options.networks);
  }

  send(posting: Posting, stop: AbortSignal): Promise<Sent> {
    // Checked when it was made; the operator may have closed a network or a port since.
    const verdict = readSubscriberUrl(posting.url, { addresses: this.addresses, ports: this.options.ports });
    if ('fault' in verdict) return Promise.resolve({ kind: 'failed', code: 'ADDRESS_REFUSED' });
    return this.exchange(verdict.url, posting, stop);
  }

  private exchange(url: URL, { headers, body }: Posting, stop: AbortSignal): Promise<Sent> {
    return new Promise((resolve) => {
      const bytes = Buffer.from(body, 'utf8');
      const outgoing = request(url, {
        method: 'POST',
        agent: false,
        signal: stop,
        lookup: guardedLookup(this.options.resolve, this.addresses),
        headers: { ...headers, 'content-length': bytes.length, 'user-agent': 'Quietline-Webhooks/1' },
        // Whatever the environment of the process says.
        rejectUnauthorized: true,
        minVersion: 'TLSv1.2',
        ...(this.options.authority === undefined ? {} : { ca: this.options.authority }),
      });
      const deadline = setTimeout(() => outgoing.destroy(new TimeoutError()), this.options.timeoutMs);
      const end = (sent: Sent): void => {
        clearTimeout(deadline);
        resolve(sent);
      };
      // Once there is a status it is the answer, however the rest of it ends.
      let sent: Sent | undefined;
      outgoing.once('socket', (socket) => this.watch(socket));
      outgoing.once('response', (answer) => {
        const got = (sent = answered(answer));
        this.discard(answer, () => end(got));
      });
      outgoing.on('error', (error) => {
        end(sent ?? { kind: 'failed', code: stop.aborted ? 'STOPPED' : codeOf(error) });
      });
      outgoing.end(bytes);
    });
  }

  /** A second look, at the address that the connection really has: nothing of the event has been written to it yet. */
  private watch(socket: Socket): void {
    socket.once('connect', () => {
      const { remoteAddress } = socket;
      if (remoteAddress === undefined || !this.addresses.allow(remoteAddress)) {
        socket.destroy(new AddressRefusedError());
      }
    });
  }

  /** The body is read for a while, so that its sender is not cut off, and dropped. */
  private discard(answer: IncomingMessage, done: () => void): void {
    let read = 0;
    answer.on('data', (chunk: Buffer) => {
      read += chunk.length;
      if (read > this.options.answerBytes) answer.destroy();
    });
    answer.on('error', () => undefined);
    answer.once('close', done);
  }
}

function answered(answer: IncomingMessage): Sent {
  const { statusCode, headers } = answer;
  const retryAfter = headers['retry-after'];
  return { kind: 'answered', status: statusCode ?? 0, ...(retryAfter === undefined ? {} : { retryAfter }) };
}

/** Never the words of an error, which name hosts. */
function codeOf(error: Error): FailureCode {
  const code = String((error as NodeJS.ErrnoException).code ?? '');
  if (code === 'TIMEOUT' || code === 'ADDRESS_REFUSED' || code === 'NAME_UNKNOWN') return code;
  // Both of Node's own checks of certificates and of OpenSSL's alerts.
  return /CERT|_TLS_|SSL|SIGNED|EPROTO|UNABLE_TO/.test(code) ? 'TLS_FAILED' : 'CONNECTION_FAILED';
}
