import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { Inject, Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Config } from '../../../config/load-config';
import { AppError, invalidMember } from '../../../contracts/app-error';
import { actorOf } from '../../../platform/auth/current-actor';
import { BlobsUnavailableError, BlobStore, NoRoomError } from '../../../platform/blobs/blob-store';
import { CLOCK, type Clock } from '../../../platform/clock/clock';
import { DatabaseUnavailableError } from '../../../platform/database/database-error';
import { EvidenceWriter } from '../../../platform/evidence/evidence-writer';
import { Lifecycle } from '../../../platform/health/lifecycle';
import { Idempotency } from '../../../platform/http/idempotency';
import { CONFIG } from '../../../platform/installation/tokens';
import type { AcceptedJob } from '../../jobs/jobs.dto';
import { JobsService } from '../../jobs/jobs.service';
import { type ImportSpec, type ImportSubject, laneOf } from '../import';
import type { ImportQuery } from '../imports.dto';
import { MappingsService } from '../mappings/mappings.service';
import type { Charset } from '../reading/read-rows';
import { Places } from './places';
import { formatOf } from './upload-bodies';

/** A sender who has sent nothing for so long has gone. */
const SILENCE_MS = 60_000;
/** Whoever sends more slowly than this would hold a place for days. */
const SLOWEST_BYTES_PER_SECOND = 16_384;
/** Uploads at once: of all, and of one client. */
const MOST_OPEN = 8;
const MOST_OPEN_OF_ONE = 2;

/** What uploads are bounded and dated by. */
@Injectable()
export class UploadSettings {
  readonly maxBytes: number;
  readonly places = new Places(MOST_OPEN, MOST_OPEN_OF_ONE);

  constructor(
    @Inject(CLOCK) readonly clock: Clock,
    @Inject(CONFIG) config: Config,
  ) {
    this.maxBytes = config.imports.maxBytes;
  }
}

/** Takes a file in: it is durable before its job is there, and its job is there before the answer is (RULINGS 27). */
@Injectable()
export class UploadsService {
  constructor(
    private readonly blobs: BlobStore,
    private readonly jobs: JobsService,
    private readonly mappings: MappingsService,
    private readonly idempotency: Idempotency,
    private readonly lifecycle: Lifecycle,
    private readonly evidence: EvidenceWriter,
    private readonly settings: UploadSettings,
  ) {}

  /** @throws AppError INVALID, TOO_LARGE; DECISION_UNAVAILABLE where the process begins to stop meanwhile */
  async take(
    subject: ImportSubject,
    request: FastifyRequest,
    reply: FastifyReply,
    query: ImportQuery,
  ): Promise<AcceptedJob> {
    const shape = await this.shapeOf(subject, request, query);
    const { blobId, bytes, sha256 } = await this.settings.places.during(actorOf(request).clientId, () =>
      this.receive(request, reply),
    );
    const spec: ImportSpec = { ...shape, bytes, sha256 };
    // The same key with the same bytes is the same request (Idempotency).
    request.body = { sha256 };
    // After a COMMIT whose end nobody saw the job may be there, and needs its file; if not, the upkeep finds the file.
    let mayBeUsed = false;
    try {
      return await this.idempotency.run(request, reply, async (tx) => {
        const actor = actorOf(request);
        const { source } = spec;
        const kind = `${subject}.import`;
        const given = { ...spec } as unknown as Record<string, string>;
        const jobId = await this.jobs.create(tx, {
          kind,
          lane: laneOf(subject, source),
          spec: given,
          blobId,
          actor,
        });
        await this.evidence.record(tx, [
          {
            type: 'import.accepted.v1',
            at: this.settings.clock.now(),
            partitionKey: jobId,
            clear: { jobId, kind, clientId: actor.clientId },
            payload: { jobId, kind, spec: given, clientId: actor.clientId, name: actor.name },
          },
        ]);
        mayBeUsed = true;
        return { status: 202 as const, body: { jobId } };
      });
    } catch (error) {
      mayBeUsed &&= isUnknown(error);
      throw error;
    } finally {
      // The answer is settled; what cannot be deleted now, upkeep finds.
      if (!mayBeUsed) await this.blobs.delete(blobId).catch(() => undefined);
    }
  }

  private async shapeOf(
    subject: ImportSubject,
    request: FastifyRequest,
    query: ImportQuery,
  ): Promise<Omit<ImportSpec, 'bytes' | 'sha256'>> {
    const format = formatOf(request) ?? 'csv';
    const { source, mode, charset, delimiter, mapping, maxShrinkPercent, maxRejected, expectRows, region } =
      query;
    if (mode === 'full' && subject !== 'suppressions') {
      throw invalidMember('/mode', 'Only suppressions are loaded in full.', 'NOT_ALLOWED');
    }
    if (format === 'text' && subject !== 'suppressions') {
      throw new AppError('UNSUPPORTED_MEDIA_TYPE', { detail: 'Send text/csv or application/x-ndjson.' });
    }
    const named = mapping === undefined ? undefined : await this.mappings.columnsOf(mapping, subject);
    return {
      subject,
      source,
      mode,
      // A full file can take people off a list, so it is only looked at unless somebody says otherwise (RULINGS 20).
      dryRun: query.dryRun ?? mode === 'full',
      format,
      charset: charset.toUpperCase() as Charset,
      ...(delimiter === undefined ? {} : { delimiter: delimiter === 'tab' ? '\t' : delimiter }),
      ...(named === undefined ? {} : { mapping: named.columns, defaults: named.defaults }),
      ...(region === undefined ? {} : { region }),
      maxShrinkPercent,
      ...(maxRejected === undefined ? {} : { maxRejected }),
      ...(expectRows === undefined ? {} : { expectRows }),
    };
  }

  private async receive(
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<{ blobId: string; bytes: number; sha256: string }> {
    const { body } = request;
    if (!(body instanceof Readable)) throw new AppError('MALFORMED', { detail: 'There is no body.' });
    const hash = createHash('sha256');
    try {
      const { id: blobId, bytes } = await this.blobs.put(this.guarded(body, hash));
      return { blobId, bytes, sha256: hash.digest('hex') };
    } catch (error) {
      // Whatever the sender still has is not read.
      void reply.header('connection', 'close');
      if (error instanceof NoRoomError) {
        throw new AppError('DECISION_UNAVAILABLE', { detail: error.message, cause: error });
      }
      if (error instanceof BlobsUnavailableError) throw error;
      if (error instanceof AppError || !(body.destroyed || request.raw.destroyed)) throw error;
      throw new AppError('MALFORMED', { detail: 'The upload broke off.', cause: error });
    }
  }

  /** The stream as it comes; the sender is read no faster than the disk takes it. */
  private async *guarded(body: Readable, hash: ReturnType<typeof createHash>): AsyncGenerator<Buffer> {
    const { maxBytes } = this.settings;
    const silence = setTimeout(() => body.destroy(new Error('Nothing came any more.')), SILENCE_MS).unref();
    const begun = performance.now();
    let bytes = 0;
    for await (const chunk of body as AsyncIterable<Buffer>) {
      silence.refresh();
      if (this.lifecycle.isClosing) {
        throw new AppError('DECISION_UNAVAILABLE', {
          detail: 'The gateway is stopping: send the file again.',
        });
      }
      bytes += chunk.length;
      const waited = performance.now() - begun - SILENCE_MS;
      if (waited > 0 && bytes < (waited / 1_000) * SLOWEST_BYTES_PER_SECOND) {
        throw new AppError('MALFORMED', { detail: 'The upload is too slow.' });
      }
      if (bytes > maxBytes) {
        throw new AppError('TOO_LARGE', {
          detail: `An upload has at most ${maxBytes} bytes (IMPORT_MAX_MB).`,
        });
      }
      hash.update(chunk);
      yield chunk;
    }
    clearTimeout(silence);
  }
}

const isUnknown = (error: unknown): boolean =>
  [error, (error as { cause?: unknown }).cause].some(
    (one) => one instanceof DatabaseUnavailableError && one.outcome === 'unknown',
  );
