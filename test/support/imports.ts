import { expectStatus, type HttpCaller } from './http';
import { eventually } from './proofs/eventually';

export interface JobBody {
  id: string;
  kind: string;
  state: 'queued' | 'running' | 'succeeded' | 'failed';
  progress: number;
  counts: { read: number; accepted: number; duplicate: number; rejected: number };
  errors: { line: number; code: string; detail: string }[];
  result?: Record<string, unknown>;
}

export type ImportOf = 'suppressions' | 'people' | 'consents';

/** Sends a file; the id of the job that it became. */
export async function upload(
  caller: HttpCaller,
  subject: ImportOf,
  query: string,
  file: string | Buffer,
  type = 'text/csv',
): Promise<string> {
  const { jobId } = await expectStatus(
    202,
    caller.post<{ jobId: string }>(`/v1/${subject}/imports?${query}`, file, { 'content-type': type }),
  );
  return jobId;
}

export function readJob(caller: HttpCaller, jobId: string): Promise<JobBody> {
  return expectStatus(200, caller.get<JobBody>(`/v1/jobs/${jobId}`));
}

/** The job at its end, whatever that is. */
export function finished(caller: HttpCaller, jobId: string): Promise<JobBody> {
  return eventually(`job ${jobId} ends`, async () => {
    const job = await readJob(caller, jobId);
    return job.state === 'succeeded' || job.state === 'failed' ? job : undefined;
  });
}

/** Sends a file and waits for what becomes of it. */
export async function load(
  caller: HttpCaller,
  subject: ImportOf,
  query: string,
  file: string | Buffer,
  type = 'text/csv',
): Promise<JobBody> {
  return finished(caller, await upload(caller, subject, query, file, type));
}

export const faultsOf = (job: JobBody): [number, string][] =>
  job.errors.map(({ line, code }) => [line, code]);

/** The differences of a finished job, without the header. */
export async function differences(caller: HttpCaller, jobId: string): Promise<string[][]> {
  const { status, text } = await caller.get(`/v1/jobs/${jobId}/result`);
  if (status !== 200) throw new Error(`No result: ${status} ${text}`);
  return text
    .split('\r\n')
    .slice(1, -1)
    .map((line) => line.split(',').map((cell) => cell.replace(/^"(.*)"$/, '$1')));
}
