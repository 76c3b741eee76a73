import type { BenchDatabase } from './cluster';
import { CONNECTIONS } from './load/protocol';
import { type Bench, type Cell, measure, type Sample, type Watch } from './measure';
import type { Server } from './processes';
import { BATCH_CONNECTIONS, cellKey, type Cells } from './report';

const BATCH = 1_000;

interface Servers {
  gateway: Server;
  /** On the tables that are ten times smaller. */
  smallGateway: Server;
  ordinary: Server;
  empty: Server;
}

/** All cells of the table, measured round by round; within a round the servers take turns. */
export class Comparison {
  readonly cells: Cells = new Map();
  /** Questions of the round in which the gateway was asked most. */
  mostAsked = 0;
  private readonly run = Date.now().toString(36);
  /** The first position that the design has not been asked for in this round. */
  private position = { gateway: 0, ordinary: 0 };

  constructor(
    private readonly bench: Bench,
    private readonly databases: { large: BenchDatabase; small: BenchDatabase },
    private readonly servers: Servers,
    private readonly watchSmall: Watch,
  ) {}

  /** Until the code of every server is compiled for what it does. Counts for nothing. */
  async warmUp(seconds: number): Promise<void> {
    const { gateway, empty, ordinary } = this.servers;
    const bench = { ...this.bench, seconds };
    for (const server of [gateway, empty, ordinary]) await measure(bench, this.cell(server, 64, 'warm'));
    await measure({ ...bench, watch: this.watchSmall }, this.smallCell('warm'));
  }

  async round(round: number): Promise<void> {
    this.position = { gateway: 0, ordinary: 0 };
    const { gateway, empty, ordinary } = this.servers;
    for (const connections of CONNECTIONS) {
      await this.take('gateway', this.cell(gateway, connections, `${round}`));
      await this.take('empty', this.cell(empty, connections, `${round}`));
      await this.take('ordinary', this.cell(ordinary, connections, `${round}`));
    }
    await this.take('batch', { ...this.cell(gateway, BATCH_CONNECTIONS, `${round}-batch`), batch: BATCH });
    await gateway.order({ kind: 'sealing', on: false });
    await this.take('unsealed', this.cell(gateway, 256, `${round}-unsealed`));
    await gateway.order({ kind: 'sealing', on: true });
    await this.take('small', this.smallCell(`${round}`), { ...this.bench, watch: this.watchSmall });
    this.mostAsked = Math.max(this.mostAsked, this.position.gateway);
  }

  private async take(label: string, cell: Cell, bench = this.bench): Promise<void> {
    const sample: Sample = await measure(bench, cell);
    const key = cellKey(label, cell.connections);
    this.cells.set(key, [...(this.cells.get(key) ?? []), sample]);
    const { gateway, ordinary } = this.servers;
    if (cell.server === gateway) this.position.gateway = sample.next;
    if (cell.server === ordinary) this.position.ordinary = sample.next;
  }

  private cell(server: Server, connections: number, name: string): Cell {
    const from = server === this.servers.ordinary ? this.position.ordinary : this.position.gateway;
    return {
      server,
      database: this.databases.large,
      connections,
      batch: 1,
      from,
      name: `${this.run}-${name}`,
    };
  }

  private smallCell(name: string): Cell {
    const { small } = this.databases;
    const server = this.servers.smallGateway;
    return { server, database: small, connections: 256, batch: 1, from: 0, name: `${this.run}-${name}` };
  }
}
