import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import type { LookupAddress } from 'node:dns';
import { AddressRules } from './address-rules';
import { allowedAddresses, guardedLookup, nameResolver, type ResolveName } from './guarded-lookup';

const HEADER_BYTES = 12;
const A = 1;
const AAAA = 28;
const rules = new AddressRules();

/** A name server that knows these names: raw addresses by name and type of record (RFC 1035 section 4). */
class NameServer {
  private constructor(private readonly socket: Socket) {}

  static async serve(
    records: Record<string, Partial<Record<typeof A | typeof AAAA, number[][]>>>,
  ): Promise<NameServer> {
    const socket = createSocket('udp4');
    socket.on('message', (question, peer) => {
      const labels: string[] = [];
      let at = HEADER_BYTES;
      for (let length = question[at] ?? 0; length > 0; length = question[at] ?? 0) {
        labels.push(question.toString('latin1', at + 1, at + 1 + length));
        at += length + 1;
      }
      const type = question.readUInt16BE(at + 1);
      const known = records[labels.join('.')];
      // Silence is an answer, too.
      if (labels[0] === 'silent') return;
      const answers = (type === A || type === AAAA ? known?.[type] : undefined) ?? [];
      const header = Buffer.from(question.subarray(0, HEADER_BYTES));
      header.writeUInt16BE(known === undefined ? 0x8183 : 0x8180, 2);
      [1, answers.length, 0, 0].forEach((count, index) => header.writeUInt16BE(count, 4 + 2 * index));
      const bodies = answers.map((raw) =>
        Buffer.from([0xc0, 12, 0, type, 0, 1, 0, 0, 0, 0, 0, raw.length, ...raw]),
      );
      socket.send(
        Buffer.concat([header, question.subarray(HEADER_BYTES, at + 5), ...bodies]),
        peer.port,
        peer.address,
      );
    });
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    return new NameServer(socket);
  }

  get address(): string {
    return `127.0.0.1:${this.socket.address().port}`;
  }

  close(): void {
    this.socket.close();
  }
}

describe('the name of a subscriber', () => {
  let server: NameServer;
  let resolve: ResolveName;
  beforeAll(async () => {
    const six = [0x26, 0x06, 0x47, 0, ...Array.from({ length: 10 }, () => 0), 0x11, 0x11];
    server = await NameServer.serve({
      'both.test': { [A]: [[1, 1, 1, 1]], [AAAA]: [six] },
      'four.test': {
        [A]: [
          [1, 1, 1, 1],
          [8, 8, 8, 8],
        ],
      },
      'six.test': { [AAAA]: [six] },
      'mixed.test': {
        [A]: [
          [1, 1, 1, 1],
          [10, 0, 0, 1],
        ],
      },
      'hidden.test': { [A]: [[1, 1, 1, 1]], [AAAA]: [[...Array.from({ length: 15 }, () => 0), 1]] },
    });
    resolve = nameResolver([server.address]);
  });
  afterAll(() => server.close());

  it('stands for all its addresses of both families', async () => {
    expect(await resolve('both.test')).toEqual([
      { address: '1.1.1.1', family: 4 },
      { address: '2606:4700::1111', family: 6 },
    ]);
    expect((await resolve('four.test')).map(({ address }) => address)).toEqual(['1.1.1.1', '8.8.8.8']);
    expect((await resolve('six.test')).map(({ family }) => family)).toEqual([6]);
  });

  it.each(['mixed.test', 'hidden.test'])(
    'is refused whole where one of them is not public: %s',
    async (name) => {
      await expect(allowedAddresses(name, resolve, rules)).rejects.toMatchObject({ code: 'ADDRESS_REFUSED' });
    },
  );

  it.each(['unknown.test', 'silent.test'])(
    'that has none is unknown: %s',
    async (name) => {
      await expect(allowedAddresses(name, resolve, rules)).rejects.toMatchObject({ code: 'NAME_UNKNOWN' });
    },
    20_000,
  );

  it('is looked up for a socket in the form that it asks for', async () => {
    const lookup = guardedLookup(resolve, rules);
    const ask = (all: boolean) =>
      new Promise<[NodeJS.ErrnoException | null, string | LookupAddress[], number | undefined]>((done) =>
        lookup('four.test', { all }, (error, address, family) => done([error, address, family])),
      );
    expect(await ask(false)).toEqual([null, '1.1.1.1', 4]);
    expect((await ask(true))[1]).toHaveLength(2);
    const refused = new Promise((done) => lookup('mixed.test', { all: true }, (error) => done(error?.code)));
    expect(await refused).toBe('ADDRESS_REFUSED');
  });
});
