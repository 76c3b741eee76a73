import type { NestFastifyApplication } from '@nestjs/platform-fastify';

/** The application that serves this path. */
export type Serving = (method: string, url: string) => Promise<NestFastifyApplication>;

export interface Answer<T> {
  status: number;
  headers: Record<string, string | string[] | number | undefined>;
  body: T;
  text: string;
}

export type ProblemBody = {
  type: string;
  title: string;
  status: number;
  code: string;
  detail: string;
  instance: string;
  errors?: { pointer: string; code: string; detail: string }[];
} & Record<string, unknown>;

type Method = 'GET' | 'POST' | 'PUT' | 'HEAD' | 'DELETE' | 'PATCH';

/** Asks the application over its real HTTP adapter, with one key. */
export class HttpCaller {
  constructor(
    private readonly serving: Serving,
    readonly key: string | undefined,
    /** Of the client, where it is known. */
    readonly id: string = '',
  ) {}

  named(id: string): HttpCaller {
    return new HttpCaller(this.serving, this.key, id);
  }

  get<T = ProblemBody>(url: string, headers: Record<string, string> = {}): Promise<Answer<T>> {
    return this.send<T>('GET', url, undefined, headers);
  }

  post<T = ProblemBody>(
    url: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer<T>> {
    return this.send<T>('POST', url, body, headers);
  }

  put<T = ProblemBody>(
    url: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer<T>> {
    return this.send<T>('PUT', url, body, headers);
  }

  /** A string or a Buffer goes as it is, anything else as JSON. */
  async send<T = ProblemBody>(
    method: Method,
    url: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer<T>> {
    const raw = typeof body === 'string' || Buffer.isBuffer(body);
    const nest = await this.serving(method, url);
    const answer = await nest.inject({
      method,
      url,
      headers: {
        ...(this.key === undefined ? {} : { authorization: `Bearer ${this.key}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { payload: raw ? body : JSON.stringify(body) }),
    });
    return {
      status: answer.statusCode,
      headers: answer.headers,
      body: jsonOf(answer.payload, String(answer.headers['content-type'] ?? '')) as T,
      text: answer.payload,
    };
  }
}

function jsonOf(text: string, type: string): unknown {
  return text !== '' && type.includes('json') ? JSON.parse(text) : undefined;
}

/** The body of an answer that must have this status; otherwise the test says what came instead. */
export async function expectStatus<T>(status: number, answer: Promise<Answer<T>>): Promise<T> {
  const { status: got, body, text } = await answer;
  if (got !== status) throw new Error(`Expected ${status}, got ${got}: ${text.slice(0, 2_000)}`);
  return body;
}
