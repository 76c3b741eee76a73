import { createHash, randomUUID } from 'node:crypto';
import type { Client } from 'pg';
import { DAY } from '../../../src/domain/time/instant';
import { hashApiKey, newApiKey } from '../../../src/platform/auth/api-key';
import { CALLER_ID, CAMPAIGN, roundStart, VENDOR } from './population';

/** The system that asks in the benchmark: an outsourcer's dialer. */
export interface BenchClient {
  id: string;
  key: string;
}

const DISCLOSURE = '您好，我是银行的人工智能语音助手，本次通话由人工智能合成。';
const SCRIPT = `${DISCLOSURE}给您介绍春季信用卡活动。`;

/** One vendor with one running campaign, its approved script and its registered caller number. */
export async function insertSettings(client: Client): Promise<BenchClient> {
  const made: BenchClient = { id: randomUUID(), key: newApiKey() };
  const since = new Date(roundStart(0) - 30 * DAY);
  const officer = randomUUID();
  const until = new Date(roundStart(0) + 60 * DAY);
  const sha256 = createHash('sha256').update(SCRIPT).digest('hex');
  await client.query(`INSERT INTO entities VALUES ($1, 'The bank', $2, $2)`, [CAMPAIGN.entity, since]);
  await client.query(
    `INSERT INTO vendors (id, name, status, created_at, updated_at) VALUES ($1, 'Outsourcer seven', 'active', $2, $2)`,
    [VENDOR, since],
  );
  await client.query(
    `INSERT INTO clients (id, name, kind, roles, vendor_id, state, created_at)
     VALUES ($1, 'bench dialer', 'system', '{dialer}', $2, 'active', $3)`,
    [made.id, VENDOR, since],
  );
  await client.query(`INSERT INTO client_keys (id, client_id, hash, created_at) VALUES ($1, $2, $3, $4)`, [
    randomUUID(),
    made.id,
    hashApiKey(made.key),
    since,
  ]);
  await client.query(
    `INSERT INTO campaigns (id, name, entity, line, product, product_risk, purpose, vendor_id, caller_ids, voice, script_version,
       shares_data, uses_sensitive_data, opt_out_key, state, edited_by, submitted_by, approved_by, approved_until, created_at, updated_at)
     VALUES ($1, 'Spring card', $2, $3, $4, 'R2', $5, $6, '{main}', 'ai', '1', false, false, '9', 'running', $7, $7, $7, $8, $9, $9)`,
    [
      CAMPAIGN.id,
      CAMPAIGN.entity,
      CAMPAIGN.line,
      CAMPAIGN.product,
      CAMPAIGN.purpose,
      VENDOR,
      officer,
      until,
      since,
    ],
  );
  await client.query(
    `INSERT INTO scripts (campaign_id, version, kind, text, disclosure, language, text_sha256, state, submitted_by, approved_by,
       approved_at, created_at)
     VALUES ($1, '1', 'fixed', $2, $3, 'zh-CN', $4, 'approved', $5, $5, $6, $6)`,
    [CAMPAIGN.id, SCRIPT, DISCLOSURE, sha256, officer, since],
  );
  await client.query(
    `INSERT INTO caller_ids (id, number, class, entity, right_of_use_document, right_of_use_expires, purposes, vendors, created_at,
       updated_at)
     VALUES ('main', $1, 'enterprise', $2, 'MIIT 2020-118', $3, $4, $5, $6, $6)`,
    [CALLER_ID, CAMPAIGN.entity, new Date(roundStart(0) + 365 * DAY), [CAMPAIGN.purpose], [VENDOR], since],
  );
  await client.query('UPDATE settings_version SET version = version + 1');
  return made;
}
