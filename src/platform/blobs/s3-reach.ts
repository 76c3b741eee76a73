import { ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3';
import { type Finding, OK } from '../health/readiness';
import type { Log } from '../observability/logger';
import type { S3Place } from './s3-blob-store';

/** Well within what a probe may take: its silence would be a fault. */
const ANSWER_MS = 1_000;
const KEPT_MS = 10_000;
const AWAY: Finding = {
  status: 'warning',
  detail: 'Files cannot be stored or read now; decisions do not need them.',
};

/** Whether the bucket answers us. Without it uploads are refused and imports wait, and decisions go on. */
export class S3Reach {
  private latest: { finding: Finding; since: number } | undefined;

  constructor(
    private readonly s3: S3Client,
    private readonly place: S3Place,
    private readonly log: Log,
  ) {}

  async finding(): Promise<Finding> {
    const { latest } = this;
    if (latest !== undefined && performance.now() - latest.since < KEPT_MS) return latest.finding;
    const finding = await this.look(latest?.finding !== AWAY);
    this.latest = { finding, since: performance.now() };
    return finding;
  }

  private async look(isNews: boolean): Promise<Finding> {
    const { bucket, folder } = this.place;
    const question = new ListObjectsV2Command({ Bucket: bucket, Prefix: folder, MaxKeys: 1 });
    // Also where no signal reaches: while keys are looked for at the machine's own service.
    const silence = new Promise<never>((_, reject) => {
      setTimeout(() => reject(new Error('The bucket does not answer in time.')), ANSWER_MS).unref();
    });
    try {
      await Promise.race([this.s3.send(question, { abortSignal: AbortSignal.timeout(ANSWER_MS) }), silence]);
      return OK;
    } catch (error) {
      if (isNews) this.log.warn({ err: error }, 'The bucket of BLOB_URL cannot be reached, or refuses us.');
      return AWAY;
    }
  }
}
