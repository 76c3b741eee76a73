import { Client } from 'pg';

/** A session for bulk work. The server is one that may lose what it has; durability is not asked for here. */
export async function connect(url: string): Promise<Client> {
  const client = new Client({ connectionString: url, application_name: 'quietline-bench-seed' });
  await client.connect();
  await client.query(
    `SET maintenance_work_mem = '1GB'; SET work_mem = '256MB'; SET synchronous_commit = off`,
  );
  return client;
}

/**
 * In the transaction that empties a table its rows need no write-ahead log. Only for the tables of the ordinary design:
 * the gateway's own refuse to be emptied, here as everywhere.
 */
export function emptied(table: string): string[] {
  return table.startsWith('ordinary.') ? [`TRUNCATE ${table}`] : [];
}
