import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** The answer of one row: what the contract of `POST /v1/calls/preview/batch` allows. */
export type PreviewResult = Record<string, unknown>;

interface BatchBody {
  calls: Record<string, unknown>[];
  at?: string;
}

/** One request as it arrived. */
export interface SeenRequest {
  method: string;
  url: string;
  authorization: string | undefined;
  body: BatchBody | undefined;
}

/**
 * A server that keeps the contract of the preview endpoint, for tests of those who ask it. It answers each row by
 * `judge`; `disturb` may answer a request in its stead (overload, refusals, late answers).
 */
export class PreviewGateway {
  readonly seen: SeenRequest[] = [];
  inFlight = 0;
  mostInFlight = 0;
  disturb: (request: SeenRequest, response: ServerResponse) => boolean | Promise<boolean> = () => false;
  campaign: Record<string, unknown> | undefined = { id: 'spring-card', voice: 'ai', callerIds: ['main'] };

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  static async start(judge: (call: Record<string, unknown>) => PreviewResult): Promise<PreviewGateway> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const gateway = new PreviewGateway(server, `http://127.0.0.1:${port}`);
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      gateway.handle(request, response, judge).catch((error: unknown) => {
        response.destroy(error instanceof Error ? error : undefined);
      });
    });
    return gateway;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  get batches(): BatchBody[] {
    return this.seen.flatMap(({ body }) => (body === undefined ? [] : [body]));
  }

  private async handle(
    request: IncomingMessage,
    response: ServerResponse,
    judge: (call: Record<string, unknown>) => PreviewResult,
  ): Promise<void> {
    this.inFlight += 1;
    this.mostInFlight = Math.max(this.mostInFlight, this.inFlight);
    response.once('close', () => {
      this.inFlight -= 1;
    });
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const text = Buffer.concat(chunks);
    if (text.length > 1_048_576) return problem(response, 413, 'TOO_LARGE');
    const seen: SeenRequest = {
      method: request.method ?? '',
      url: request.url ?? '',
      authorization: request.headers.authorization,
      body: text.length === 0 ? undefined : (JSON.parse(text.toString('utf8')) as BatchBody),
    };
    this.seen.push(seen);
    if (await this.disturb(seen, response)) return;
    this.answer(seen, response, judge);
  }

  private answer(
    { url, body }: SeenRequest,
    response: ServerResponse,
    judge: (call: Record<string, unknown>) => PreviewResult,
  ): void {
    if (url === '/v1/calls/preview/batch' && body !== undefined) {
      if (body.calls.length === 0 || body.calls.length > 1_000) return problem(response, 422, 'INVALID');
      return send(response, 200, { results: body.calls.map(judge) });
    }
    if (url === '/v1/campaigns/spring-card' && this.campaign !== undefined)
      return send(response, 200, this.campaign);
    if (url === '/v1/caller-ids/main') return send(response, 200, { id: 'main', number: '95588' });
    problem(response, 404, 'NOT_FOUND');
  }
}

export function send(response: ServerResponse, status: number, body: unknown, headers = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}

export function problem(response: ServerResponse, status: number, code: string, headers = {}): void {
  send(response, status, { code, status, detail: `This is ${code}.` }, headers);
}
