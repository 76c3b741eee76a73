export interface RemoteAnswer<T> {
  status: number;
  contentType: string;
  body: T;
  text: string;
}

/** Asks a gateway in another process, with one key. Rejects where no answer comes. */
export class RemoteCaller {
  constructor(
    /** Another one after a restart. */
    private readonly url: () => string,
    private readonly key: () => string | undefined,
  ) {}

  get<T>(path: string): Promise<RemoteAnswer<T>> {
    return this.send<T>('GET', path, undefined);
  }

  post<T>(path: string, body: unknown): Promise<RemoteAnswer<T>> {
    return this.send<T>('POST', path, body);
  }

  put<T>(path: string, body: unknown): Promise<RemoteAnswer<T>> {
    return this.send<T>('PUT', path, body);
  }

  /** A file, as it is. */
  upload<T>(path: string, file: string | Buffer, type: string): Promise<RemoteAnswer<T>> {
    return this.send<T>('POST', path, file, type);
  }

  private async send<T>(
    method: string,
    path: string,
    body: unknown,
    type = 'application/json',
  ): Promise<RemoteAnswer<T>> {
    const key = this.key();
    const answer = await fetch(`${this.url()}${path}`, {
      method,
      headers: {
        ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
        ...(body === undefined ? {} : { 'content-type': type }),
      },
      ...(body === undefined
        ? {}
        : { body: type === 'application/json' ? JSON.stringify(body) : (body as string | Buffer) }),
    });
    const text = await answer.text();
    const contentType = answer.headers.get('content-type') ?? '';
    const parsed: unknown = contentType.includes('json') ? JSON.parse(text) : undefined;
    return { status: answer.status, contentType, body: parsed as T, text };
  }
}
