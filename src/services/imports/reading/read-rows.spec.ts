import fc from 'fast-check';
import { JobFailure } from '../../jobs/job';
import { csvLine } from './csv-cell';
import { CsvRecords } from './csv-records';
import { MAX_LINES_IN_RECORD, MAX_RECORD_CHARS } from './raw-record';
import { type FileShape, readRows } from './read-rows';
import { RowFault, type RowValues } from './row-values';

const KNOWN = ['number', 'customerId', 'reason', 'channels'];

async function* cut(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let from = 0; from < bytes.length; from += size) yield bytes.subarray(from, from + size);
}

async function rowsOf(
  bytes: Buffer | string,
  shape: Partial<FileShape> = {},
  size = 7,
): Promise<RowValues[]> {
  const rows: RowValues[] = [];
  const source = cut(Buffer.from(bytes), size);
  for await (const portion of readRows(source, { format: 'csv', charset: 'UTF-8', ...shape }, KNOWN)) {
    rows.push(...portion.rows);
  }
  return rows;
}

/** Line, and the values or the fault. */
function seen(row: RowValues, names = ['number', 'reason']): unknown[] {
  try {
    row.check();
    return [row.line, ...names.map((name) => row.text(name))];
  } catch (error) {
    return [row.line, (error as RowFault).code];
  }
}

const failure = async (rows: Promise<unknown>): Promise<[string, number]> => {
  const error: unknown = await rows.then(
    () => undefined,
    (fault: unknown) => fault,
  );
  if (!(error instanceof JobFailure)) throw new Error(`No failure: ${String(error)}`);
  return [error.code, error.line];
};

describe('CSV', () => {
  it('comes back as it was written, whatever is in the cells and wherever the stream is cut', () => {
    const cell = fc.string({
      unit: fc.constantFrom('a', '"', ',', ';', '\n', '\r', '张', '', '😀', "'", '\t', '|'),
    });
    fc.assert(
      fc.property(
        fc.array(fc.array(cell, { minLength: 2, maxLength: 4 }), { maxLength: 6 }),
        fc.constantFrom(',', ';', '\t', '|'),
        fc.constantFrom('\n', '\r\n'),
        fc.integer({ min: 1, max: 9 }),
        (table, delimiter, end, size) => {
          const text = table
            .map((row) => row.map((value) => `"${value.replaceAll('"', '""')}"`).join(delimiter) + end)
            .join('');
          const reader = new CsvRecords(delimiter);
          const found: string[][] = [];
          for (let at = 0; at < text.length; at += size) {
            found.push(...reader.push(text.slice(at, at + size)).map((record) => record.cells));
          }
          found.push(...reader.finish().map((record) => record.cells));
          expect(found).toEqual(table);
        },
      ),
    );
  });

  it('tells the line at which each row begins', () => {
    const reader = new CsvRecords(',');
    const found = [...reader.push('a,b\r\n"1\n2",x\n\n"3",y'), ...reader.finish()];
    expect(found.map(({ line, cells }) => [line, ...cells])).toEqual([
      [1, 'a', 'b'],
      [2, '1\n2', 'x'],
      [5, '3', 'y'],
    ]);
  });

  it('finds columns in any order, guesses the delimiter, and takes quoted formulas back', async () => {
    const rows = await rowsOf(`\uFEFFreason;number\r\n"'=1+1";"'+8613800138000"\r\n x ;;;\r\n`);
    expect(rows.map((row) => seen(row))).toEqual([
      [2, '+8613800138000', '=1+1'],
      [3, undefined, 'x'],
    ]);
  });

  it('quotes what a spreadsheet would run, and reads it back as it was', async () => {
    const unit = fc.constantFrom('=', '+', '-', '@', 'a', '1', '"', ',', '＝', '张', ' ');
    await fc.assert(
      fc.asyncProperty(fc.string({ unit, minLength: 1 }), async (text) => {
        // What looks like a telephone number runs nothing, and stays as it is.
        fc.pre(!/^\+1[1 -]*$/.test(text));
        const line = csvLine(['+8613800138000', text]);
        expect(line.split(',')[1]).not.toMatch(/^"?[=+\-@＝]/);
        const [row] = await rowsOf(`number,reason\n${line}`, {}, 5);
        expect(row?.text('reason') ?? '').toBe(text.trim());
      }),
    );
  });

  it('spoils no other row by one that cannot be read', async () => {
    const long = 'x'.repeat(10_000_000);
    const rows = await rowsOf(
      `number,reason\n1,ok\n2,a\u0000b\n3,${long}\n"4"z,quotes\n5,a,b\n6,ok\n"7",""""\n8${','.repeat(1_001)}\n9,ok\n`,
      {},
      65_536,
    );
    expect(rows.map((row) => seen(row))).toEqual([
      [2, '1', 'ok'],
      [3, 'CHARACTER'],
      [4, 'TOO_LONG'],
      [5, 'QUOTES'],
      [6, 'CELLS'],
      [7, '6', 'ok'],
      [8, '7', '"'],
      // Cells cost more than their characters do.
      [9, 'TOO_LONG'],
      [10, '9', 'ok'],
    ]);
  });

  it('is refused whole where a quote swallows what follows', async () => {
    expect(await failure(rowsOf('number,reason\n1,ok\n2,"never closed\n3,ok\n'))).toEqual([
      'UNCLOSED_QUOTE',
      3,
    ]);
    const many = `number,reason\n1,"${'x\n'.repeat(MAX_LINES_IN_RECORD + 2)}"\n`;
    expect(await failure(rowsOf(many))).toEqual(['UNCLOSED_QUOTE', 2]);
  });

  it.each<[string, string, [string, number]]>([
    ['nothing at all', '', ['NO_HEADER', 0]],
    ['an unknown column', 'number,chanels\n', ['UNKNOWN_COLUMN', 1]],
    ['a column twice', 'number,number\n', ['DUPLICATE_COLUMN', 1]],
    ['no header', '+8613800138000,x\n', ['UNKNOWN_COLUMN', 1]],
    ['a header without an end', 'x'.repeat(MAX_RECORD_CHARS * 2), ['NO_HEADER', 1]],
  ])('is refused whole with %s', async (_, text, [code, line]) => {
    expect((await failure(rowsOf(text, {}, 9_999)))[0]).toBe(code);
    expect(line).toBeLessThan(2);
  });

  it('repeats nothing that stands where a header should be', async () => {
    await expect(rowsOf('13800138000,x\n')).rejects.toThrow(/^Column 1 of the header is none of number,/);
  });
});

describe('charsets', () => {
  // “号码，备注”, and U+20087, which GB18030 writes in four bytes.
  const gb18030 = Buffer.concat([
    Buffer.from('number,reason\n13800138000,', 'latin1'),
    Buffer.from([0xb2, 0xbb, 0xd2, 0xaa, 0xb4, 0xf2, 0x95, 0x32, 0x90, 0x31, 0x0a]),
  ]);

  it.each([1, 2, 3, 1_000])('reads GB18030 cut every %d bytes', async (size) => {
    const rows = await rowsOf(gb18030, { charset: 'GB18030' }, size);
    expect(rows.map((row) => seen(row))).toEqual([[2, '13800138000', '不要打𠂇']]);
  });

  it('drops a byte order mark in either', async () => {
    const mark = Buffer.from([0x84, 0x31, 0x95, 0x33]);
    const rows = await rowsOf(Buffer.concat([mark, gb18030]), { charset: 'GB18030' });
    expect(rows).toHaveLength(1);
  });

  it('refuses a file of another charset, also one that is cut in the middle of a character', async () => {
    expect((await failure(rowsOf(gb18030)))[0]).toBe('CHARSET');
    const bad = Buffer.concat([gb18030, Buffer.from([0xff, 0xff])]);
    expect((await failure(rowsOf(bad, { charset: 'GB18030' })))[0]).toBe('CHARSET');
    const half = Buffer.from('number,reason\n1,张').subarray(0, -1);
    expect((await failure(rowsOf(half)))[0]).toBe('CHARSET');
  });
});

describe('other forms', () => {
  it('takes one number a line', async () => {
    const rows = await rowsOf(`13800138000\r\n\r\n13800138001`, { format: 'text' });
    expect(rows.map((row) => seen(row))).toEqual([
      [1, '13800138000', undefined],
      [3, '13800138001', undefined],
    ]);
  });

  it('takes objects, and refuses members nobody knows', async () => {
    const text =
      '{"number":"1","channels":["sms"]}\nnot json\n[1]\n{"number":"2","x":1}\n{"number":{}}\n{"number":"\\ud800"}\n';
    const rows = await rowsOf(text, { format: 'ndjson' });
    expect(rows[0]?.words('channels', ['sms', 'voice_ai'])).toEqual(['sms']);
    expect(rows.map((row) => seen(row, ['number']))).toEqual([
      [1, '1'],
      [2, 'NOT_AN_OBJECT'],
      [3, 'NOT_AN_OBJECT'],
      [4, 'UNKNOWN_COLUMN'],
      [5, 'TYPE'],
      [6, 'CHARACTER'],
    ]);
  });

  it('reads a list by the names that its owner gives its columns, and what it leaves out by default', async () => {
    const mapping = { number: '手机号', reason: '备注' };
    const rows = await rowsOf('姓名,备注,手机号\n某人,,13800138000\n', {
      mapping,
      defaults: { reason: 'CRM' },
    });
    expect(rows.map((row) => seen(row))).toEqual([[2, '13800138000', 'CRM']]);
    expect(await failure(rowsOf('姓名,手机号\n', { mapping }))).toEqual(['MISSING_COLUMN', 1]);
  });

  it('takes only words that it knows', async () => {
    const [row] = await rowsOf('number,channels\n1,sms; fax\n');
    expect(() => row?.words('channels', ['sms'])).toThrow(RowFault);
    expect(() => row?.required('reason')).toThrow('reason is required.');
  });
});
