import { Client } from 'pg';
import { CallModel, type ModelReport } from './call-model';

/** What happened to each subject, in the order in which its row was locked for it. */
const HISTORY = `
SELECT c.subject_id, c.call_id, w.seq::float8 AS seq, 'decided' AS what, c.outcome, c.codes,
  (extract(epoch FROM c.decided_at) * 1000)::float8 AS at, (extract(epoch FROM c.expires_at) * 1000)::float8 AS expires_at,
  NULL AS type, NULL::boolean AS effective, NULL::text[] AS flags, NULL::int AS seconds
FROM calls c JOIN outbox_witness w USING (event_id) WHERE c.subject_id IS NOT NULL
UNION ALL
SELECT c.subject_id, c.call_id, w.seq, 'told', NULL, NULL, (extract(epoch FROM r.at) * 1000), NULL, r.type, r.effective, r.flags, r.seconds
FROM call_events r JOIN outbox_witness w USING (event_id) JOIN calls c USING (call_id)
UNION ALL
SELECT c.subject_id, c.call_id, w.seq, 'redeemed', NULL, NULL, (extract(epoch FROM e.recorded_at) * 1000), NULL, NULL, NULL, NULL, NULL
FROM events e JOIN outbox_witness w USING (event_id) JOIN calls c ON c.call_id = (e.clear ->> 'callId')::uuid
WHERE e.type = 'call.redeemed.v1'
ORDER BY 1, 3`;

interface Step {
  subject_id: string;
  call_id: string;
  what: 'decided' | 'told' | 'redeemed';
  outcome: string | null;
  codes: string[] | null;
  at: number;
  expires_at: number | null;
  type: string | null;
  effective: boolean | null;
  flags: string[] | null;
  seconds: number | null;
}

/** What caps and "one call at a time" say; the rest of a person's reasons is not in this history. */
const COUNTED = ['CALL_IN_PROGRESS', 'FREQUENCY_CAP'];

/**
 * Counts again, call by call, what each decision could know when it was made: every allow must have been free, and
 * every refusal for a cap or a call in progress must have had its cause. Returns the decisions that do not agree.
 */
export async function recount(
  url: string,
): Promise<{ decisions: number; allowed: number; faults: string[] }> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<Step>(HISTORY);
    const result = { decisions: 0, allowed: 0, faults: [] as string[] };
    let subject: string | undefined;
    let model = new CallModel();
    for (const step of rows) {
      if (step.subject_id !== subject) model = new CallModel();
      subject = step.subject_id;
      if (step.what === 'decided') {
        result.decisions += 1;
        if (step.outcome === 'allow') result.allowed += 1;
        const found = judged(model, step);
        if (found !== undefined) result.faults.push(found);
      }
      take(model, step);
    }
    return result;
  } finally {
    await client.end();
  }
}

function judged(model: CallModel, step: Step): string | undefined {
  const expected = model.objections(step.at).filter((code) => COUNTED.includes(code));
  const given = (step.codes ?? []).filter((code) => COUNTED.includes(code));
  if (expected.sort().join() === given.sort().join()) return undefined;
  return `call ${step.call_id}: ${step.outcome} [${given.join()}], and the history says [${expected.join()}]`;
}

function take(model: CallModel, step: Step): void {
  if (step.what === 'decided') {
    model.decided(step.call_id, step.at, step.expires_at ?? undefined);
    return;
  }
  const call = model.calls.find((candidate) => candidate.id === step.call_id);
  if (call === undefined) throw new Error(`Call ${step.call_id} was told of before it was decided.`);
  if (step.what === 'redeemed') call.redeemedAt = step.at;
  else {
    const { type, at, effective, flags, seconds } = step;
    call.reports.push({ type, at, effective, flags, seconds } as ModelReport);
  }
}
