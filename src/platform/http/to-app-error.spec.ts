import { HttpException } from '@nestjs/common';
import { AppError } from '../../contracts/app-error';
import { BlobsUnavailableError } from '../blobs/blob-store';
import { toAppError } from './to-app-error';

const withStatus = (statusCode: number): Error => Object.assign(new Error('secret words'), { statusCode });

describe('toAppError', () => {
  it('leaves an error of ours as it is', () => {
    const error = new AppError('CONFLICT', { detail: 'No.' });
    expect(toAppError(error)).toBe(error);
  });

  it.each([
    [400, 'MALFORMED'],
    [403, 'NOT_FOUND'],
    [405, 'MALFORMED'],
    [413, 'TOO_LARGE'],
    [418, 'MALFORMED'],
    [500, 'INTERNAL'],
    [503, 'INTERNAL'],
  ])('takes a status of %d, of Nest or of Fastify, as %s', (status, code) => {
    for (const error of [withStatus(status), new HttpException('secret words', status)]) {
      const told = toAppError(error);
      expect(told.code).toBe(code);
      expect(JSON.stringify(told.toProblem())).not.toContain('secret');
    }
  });

  it('tells nobody why files cannot be stored, and when to ask again', () => {
    const told = toAppError(new BlobsUnavailableError('Files cannot be stored.', { cause: 'secret words' }));
    expect(told).toMatchObject({
      code: 'DECISION_UNAVAILABLE',
      message: 'Files cannot be stored: ask again.',
    });
    expect(told.toProblem()).toMatchObject({ status: 503, retryAfter: 5 });
    expect(JSON.stringify(told.toProblem())).not.toContain('secret');
  });

  it('says of what it does not know only that it failed', () => {
    expect(toAppError('anything').code).toBe('INTERNAL');
  });
});
