import { type Static, Type } from '@sinclair/typebox';
import type { FastifyInstance } from 'fastify';
import { AppError, invalidMember } from '../../../contracts/app-error';
import { faultOfText } from '../../../platform/http/json-body';
import { closed } from '../../../platform/http/schemas';
import { invalid, memberCheck } from '../../../platform/http/validation';
import { type CallReport, CallReportBody } from '../calls.dto';

/** The body of an event as `POST /v1/calls/{callId}/events` takes it, and the number it is answered by. */
export interface LiveFrame {
  seq: number;
  report: CallReport;
}

/** A frame that cannot be taken, with its number where it told one. */
export class FaultyFrame extends Error {
  constructor(
    readonly problem: AppError,
    readonly seq: number | undefined,
  ) {
    super(problem.message);
    this.name = 'FaultyFrame';
  }
}

const Seq = closed({ seq: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }) });
type Seq = Static<typeof Seq>;

/** Reads frames with the very schemas that the endpoint of the same reports has. */
export class LiveFrames {
  private readonly parse: (text: string) => unknown;
  private readonly seqFaults = memberCheck(Seq);
  private readonly reportFaults: ReturnType<typeof memberCheck>;

  constructor(server: FastifyInstance) {
    const parser = server.getDefaultJsonParser('error', 'error');
    this.parse = (text) => {
      let parsed: unknown;
      // The parser calls back at once; its first parameter is for what Fastify itself needs.
      void parser(undefined as never, text, (error, value: unknown) => {
        if (error !== null) throw malformed('The frame is not JSON.', error);
        parsed = value;
      });
      return parsed;
    };
    const { $id: _, ...schema } = CallReportBody;
    this.reportFaults = memberCheck(schema);
  }

  /** @throws FaultyFrame */
  read(frame: Buffer, isBinary: boolean): LiveFrame {
    let seq: number | undefined;
    try {
      if (isBinary) throw malformed('Frames are text.');
      const text = frame.toString('utf8');
      const value = this.parse(text);
      if (typeof value !== 'object' || value === null || Array.isArray(value)) {
        throw invalidMember('', 'A frame is an object.');
      }
      const { seq: named, ...report } = value as Record<string, unknown>;
      const faults = this.seqFaults(named === undefined ? {} : { seq: named });
      if (faults !== undefined) throw invalid(faults);
      seq = named as Seq['seq'] satisfies number;
      const fault = faultOfText(text, value);
      if (fault !== undefined) throw fault;
      const wrong = this.reportFaults(report);
      if (wrong !== undefined) throw invalid(wrong);
      return { seq, report: report as unknown as CallReport };
    } catch (error) {
      if (error instanceof AppError) throw new FaultyFrame(error, seq);
      throw error;
    }
  }
}

const malformed = (detail: string, cause?: unknown): AppError => new AppError('MALFORMED', { detail, cause });
