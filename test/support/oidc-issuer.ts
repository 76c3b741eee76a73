import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, type JWK, type KeyLike, SignJWT } from 'jose';

const ALGORITHM = 'ES256';

interface SigningKey {
  id: string;
  privateKey: KeyLike;
  publicKey: JWK;
}

/** A real OpenID provider on this machine, as far as one who verifies tokens can see it. */
export class OidcIssuer {
  /** How often its keys were fetched. */
  fetched = 0;
  /** Answers every request so, while set. */
  failWith: number | undefined;
  private readonly keys: SigningKey[] = [];

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  static async start(): Promise<OidcIssuer> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const issuer = new OidcIssuer(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    server.on('request', (request, response) => {
      const body = issuer.answer(request.url ?? '');
      response.writeHead(issuer.failWith ?? (body === undefined ? 404 : 200), {
        'content-type': 'application/json',
      });
      response.end(JSON.stringify(body ?? {}));
    });
    await issuer.rotate();
    return issuer;
  }

  /** From now on tokens are signed with a new key; the old ones stay published. */
  async rotate(): Promise<void> {
    const { privateKey, publicKey } = await generateKeyPair(ALGORITHM, { extractable: true });
    const id = `key-${this.keys.length}`;
    this.keys.push({
      id,
      privateKey,
      publicKey: { ...(await exportJWK(publicKey)), kid: id, alg: ALGORITHM },
    });
  }

  /** `claims` may overwrite everything that a good token says. */
  async token(claims: Record<string, unknown>, signedBy: OidcIssuer = this): Promise<string> {
    const key = signedBy.keys.at(-1);
    if (key === undefined) throw new Error('There is no key yet.');
    const now = Math.floor(Date.now() / 1_000);
    return new SignJWT({ iss: this.url, aud: 'quietline', iat: now, exp: now + 300, ...claims })
      .setProtectedHeader({ alg: ALGORITHM, kid: key.id })
      .sign(key.privateKey);
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private answer(path: string): unknown {
    if (path === '/.well-known/openid-configuration') {
      return { issuer: this.url, jwks_uri: `${this.url}/jwks` };
    }
    if (path !== '/jwks') return undefined;
    this.fetched += 1;
    return { keys: this.keys.map((key) => key.publicKey) };
  }
}
