import { createLogger, NestLogger } from './logger';

/** A log into memory. */
function captured(level: Parameters<typeof createLogger>[0] = 'trace') {
  const lines: Record<string, unknown>[] = [];
  const text: string[] = [];
  const logger = createLogger(level, {
    write(line) {
      text.push(line);
      lines.push(JSON.parse(line) as Record<string, unknown>);
    },
  });
  return { logger, lines, text };
}

describe('createLogger', () => {
  it('writes one JSON object a line with a named level and an RFC 3339 time', () => {
    const { logger, lines, text } = captured();
    logger.info({ port: 3000 }, 'Listening.');
    expect(lines[0]).toMatchObject({ level: 'info', port: 3000, msg: 'Listening.', pid: process.pid });
    expect(lines[0]?.['time']).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(text[0]?.endsWith('\n')).toBe(true);
  });

  it('hides a number in fields, messages, errors and their causes', () => {
    const { logger, text } = captured();
    const cause = new Error('Number +8613800138000 already exists.');
    logger.error(
      { err: new Error('insert of 8613800138000', { cause }), to: '+8613800138000' },
      'to 13800138000',
    );
    logger.child({ callee: '13800138000' }).warn({}, 'x');
    expect(text.join('')).not.toContain('13800138000');
    expect(text.join('')).toContain('already exists');
  });

  it('tells of an error only what it knows to be harmless, down its causes', () => {
    const { logger, lines } = captured();
    const refused = Object.assign(new Error('duplicate key'), {
      code: '23505',
      constraint: 'uq_numbers_tag',
      detail: 'Key (customer)=(Zhang Wei) already exists.',
      client: { password: 'secret', secretKey: 12345 },
    });
    logger.error({ err: new Error('not stored', { cause: refused }) }, 'x');
    expect(lines[0]?.['err']).toEqual({
      type: 'Error',
      message: 'not stored',
      stack: expect.stringContaining('not stored') as string,
      cause: {
        type: 'Error',
        message: 'duplicate key',
        stack: expect.any(String) as string,
        code: '23505',
        constraint: 'uq_numbers_tag',
      },
    });
  });

  it('keeps silent below its level', () => {
    const { logger, lines } = captured('warn');
    logger.info({}, 'no');
    logger.warn({}, 'yes');
    expect(lines.map((line) => line['msg'])).toEqual(['yes']);
  });
});

describe('NestLogger', () => {
  it('keeps the context apart from the message', () => {
    const { logger, lines } = captured();
    new NestLogger(logger).log('Upkeep done.', 'Upkeep');
    expect(lines[0]).toMatchObject({ level: 'info', msg: 'Upkeep done.', context: 'Upkeep' });
  });

  it('says only in debugging what is the same at every start', () => {
    const { logger, lines } = captured('info');
    const nest = new NestLogger(logger);
    nest.log('Mapped {/v1/calls, GET} route', 'RouterExplorer');
    nest.warn('odd', 'RouterExplorer');
    expect(lines.map((line) => line['level'])).toEqual(['warn']);
  });

  it('logs an error with its stack', () => {
    const { logger, lines } = captured();
    new NestLogger(logger).error(new Error('broken'), 'ExceptionsHandler');
    expect(lines[0]).toMatchObject({
      level: 'error',
      msg: 'broken',
      err: { message: 'broken', stack: expect.stringContaining('Error: broken') as string },
    });
  });

  it('maps the levels of Nest', () => {
    const { logger, lines } = captured();
    const nest = new NestLogger(logger);
    nest.verbose('a');
    nest.debug('a');
    nest.warn({ odd: 1 });
    nest.fatal('a');
    nest.error('a', 'stack of it', 'Context');
    expect(lines.map((line) => line['level'])).toEqual(['trace', 'debug', 'warn', 'fatal', 'error']);
    expect(lines[2]).toMatchObject({ message: { odd: 1 } });
    expect(lines[4]).toMatchObject({ details: ['stack of it'], context: 'Context' });
  });
});
