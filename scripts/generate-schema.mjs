/**
 * `migrations/schema.sql`: the structure that all migrations together leave, read from the database's own catalogue.
 * Made for reading and for comparing; databases are made by the migrations. Monthly partitions depend on the day and are
 * left out.
 */
import pg from 'pg';

const TABLES = `
SELECT c.oid, c.relname AS name, pg_get_partkeydef(c.oid) AS partition_key, c.reloptions AS options
FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
ORDER BY c.relname`;
const COLUMNS = `
SELECT a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type, a.attnotnull AS required,
  pg_get_expr(d.adbin, d.adrelid) AS fallback
FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE a.attrelid = $1 AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum`;
/** Since PostgreSQL 18 NOT NULL is a constraint, too; here it stands with its column. */
const CONSTRAINTS = `
SELECT conname AS name, pg_get_constraintdef(oid) AS definition
FROM pg_constraint WHERE conrelid = $1 AND contype <> 'n' ORDER BY contype = 'p' DESC, conname`;
const INDEXES = `
SELECT pg_get_indexdef(i.indexrelid) AS definition FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
WHERE i.indrelid = $1 AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid) ORDER BY c.relname`;
const TRIGGERS = `
SELECT pg_get_triggerdef(oid) AS definition FROM pg_trigger WHERE tgrelid = $1 AND NOT tgisinternal ORDER BY tgname`;
const VIEWS = `
SELECT c.relname AS name, pg_get_viewdef(c.oid) AS definition
FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'v' ORDER BY c.relname`;
const FUNCTIONS = `
SELECT pg_get_functiondef(oid) AS definition FROM pg_proc WHERE pronamespace = 'public'::regnamespace ORDER BY proname`;

export async function schemaDump(databaseUrl) {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const rows = async (sql, values = []) => (await client.query(sql, values)).rows;
    const parts = ['-- Made from the migrations by scripts/generated.mjs. Not run by anything.'];
    for (const { definition } of await rows(FUNCTIONS)) parts.push(`${definition.trim()};`);
    for (const table of await rows(TABLES)) parts.push(await tableText(rows, table));
    for (const { name, definition } of await rows(VIEWS)) {
      parts.push(`CREATE VIEW ${name} AS\n${definition.trim()}`);
    }
    return `${parts.join('\n\n')}\n`;
  } finally {
    await client.end();
  }
}

async function tableText(rows, { oid, name, partition_key: partitionKey, options }) {
  const columns = (await rows(COLUMNS, [oid])).map(
    (column) =>
      `${column.name} ${column.type}${column.required ? ' NOT NULL' : ''}` +
      (column.fallback === null ? '' : ` DEFAULT ${column.fallback}`),
  );
  const constraints = (await rows(CONSTRAINTS, [oid])).map(
    (row) => `CONSTRAINT ${row.name} ${row.definition}`,
  );
  const partitioned = partitionKey === null ? '' : ` PARTITION BY ${partitionKey}`;
  const stored = options === null ? '' : ` WITH (${options.join(', ')})`;
  const body = [...columns, ...constraints].map((line) => `  ${line}`).join(',\n');
  const after = [...(await rows(INDEXES, [oid])), ...(await rows(TRIGGERS, [oid]))].map(
    (row) => `${row.definition};`,
  );
  return [`CREATE TABLE ${name} (\n${body}\n)${partitioned}${stored};`, ...after].join('\n');
}
