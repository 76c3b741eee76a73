import fc from 'fast-check';
import { CsvRecords, delimiterOf } from './csv-records';
import { JsonElements } from './json-elements';
import { MAX_ROW_CHARS } from './list-row';
import { rowOfElement, rowOfObjectLine, TableColumns } from './row-readers';
import { csvCell } from './row-output';
import { TextLines } from './text-lines';

interface Cutter<T> {
  push(text: string): T[];
  finish(): T[];
}

/** Feeds a text in pieces that end at the given places. */
function inPieces<T>(cutter: Cutter<T>, text: string, cuts: readonly number[]): T[] {
  const places = [...cuts].map((cut) => cut % (text.length + 1)).sort((a, b) => a - b);
  const found: T[] = [];
  let from = 0;
  for (const place of [...places, text.length]) {
    found.push(...cutter.push(text.slice(from, place)));
    from = place;
  }
  return [...found, ...cutter.finish()];
}

const cutsOf = fc.array(fc.nat(), { maxLength: 8 });

describe('JsonElements', () => {
  it('cuts any array into its elements, wherever the stream is cut', () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue()), fc.boolean(), cutsOf, (list, indented, cuts) => {
        const text = JSON.stringify(list, null, indented ? 2 : undefined);
        const pieces = inPieces(new JsonElements(), `\n ${text} \n`, cuts);
        expect(pieces.map((piece) => JSON.parse(piece.text) as unknown)).toEqual(JSON.parse(text));
      }),
    );
  });

  it.each([
    ['[1,]', ['1', '']],
    ['[,1]', ['', '1']],
    ['[]', []],
    ['[ ]', []],
    ['["a" "b",}x,2]', ['"a" "b"', '}x', '2']],
  ])('keeps the rows around a broken one apart: %s', (text, expected) => {
    expect(inPieces(new JsonElements(), text, []).map((piece) => piece.text)).toEqual(expected);
  });

  it.each([
    ['{"to":"1"}', 'not a JSON array'],
    ['', 'not a JSON array'],
    ['["1","2"', 'not closed: it breaks off after 1 rows'],
    ['["1] ', 'not closed'],
    ['["1"] ["2"]', 'Something follows'],
  ])('refuses what is not one array: %s', (text, message) => {
    expect(() => inPieces(new JsonElements(), text, [])).toThrow(message);
  });

  it('holds no more of an element than the limit, and says that it was cut', () => {
    const pieces = inPieces(
      new JsonElements(),
      `["${'9'.repeat(3 * MAX_ROW_CHARS)}","1"]`,
      [70_000, 140_000],
    );
    expect(pieces.map(({ text, cut }) => [text.length, cut])).toEqual([
      [MAX_ROW_CHARS, true],
      [3, false],
    ]);
  });
});

describe('TextLines', () => {
  it('finds every line, wherever the stream is cut', () => {
    const line = fc.string().map((text) => text.replaceAll(/[\r\n]/g, ''));
    fc.assert(
      fc.property(
        fc.array(line),
        fc.constantFrom('\n', '\r\n'),
        fc.boolean(),
        cutsOf,
        (lines, end, ended, cuts) => {
          // The last line must be seen to begin where nothing ends it.
          const text = lines.join(end) + (ended && lines.length > 0 ? end : '');
          const expected = !ended && lines.at(-1) === '' ? lines.slice(0, -1) : lines;
          expect(inPieces(new TextLines(), text, cuts).map((piece) => piece.text)).toEqual(expected);
        },
      ),
    );
  });
});

describe('CsvRecords', () => {
  const quote = (cell: string): string => `"${cell.replaceAll('"', '""')}"`;

  it('reads back any table that RFC 4180 can write, wherever the stream is cut', () => {
    const cell = fc.string({ unit: fc.constantFrom('a', '1', ',', ';', '"', '\n', '\r', ' ', '号') });
    const table = fc
      .integer({ min: 1, max: 4 })
      .chain((width) => fc.array(fc.array(cell, { minLength: width, maxLength: width }), { minLength: 1 }));
    fc.assert(
      fc.property(table, fc.constantFrom(',', ';'), cutsOf, (rows, delimiter, cuts) => {
        const text = rows.map((row) => `${row.map(quote).join(delimiter)}\n`).join('');
        const records = inPieces(new CsvRecords(delimiter), text, cuts);
        // A carriage return before the line end is taken for a part of the line end.
        const expected = rows.map((row) =>
          row.map((c, i) => (i === row.length - 1 ? c.replace(/\r$/, '') : c)),
        );
        expect(records.map((record) => record.cells)).toEqual(expected);
      }),
    );
  });

  it.each([
    [
      'a,b\r\n1,2\r\n',
      [
        ['a', 'b'],
        ['1', '2'],
      ],
    ],
    ['a\n\nb', [['a'], [''], ['b']]],
    ['138"00,x\n', [['138"00', 'x']]],
    ['"a"b,c\n', [['ab', 'c']]],
    ['"",x', [['', 'x']]],
    ['a,', [['a', '']]],
  ])('reads what people write: %j', (text, expected) => {
    expect(inPieces(new CsvRecords(','), text, []).map((record) => record.cells)).toEqual(expected);
  });

  it('refuses a quote that is never closed, because it swallowed rows', () => {
    expect(() => inPieces(new CsvRecords(','), 'a\n1\n"2\n3\n', [])).toThrow(
      'never closed; it begins behind record 2',
    );
  });

  it('bounds a record, also one of nothing but delimiters', () => {
    const [long, next] = inPieces(new CsvRecords(','), `${','.repeat(5 * MAX_ROW_CHARS)}\n1\n`, []);
    expect(long?.cut).toBe(true);
    expect(long?.cells.length).toBeLessThanOrEqual(MAX_ROW_CHARS);
    expect(next).toEqual({ cells: ['1'], cut: false });
  });

  it.each([
    ['number', ','],
    ['number;region', ';'],
    ['customerId\tnumber\tregion, if known', '\t'],
  ])('takes the delimiter from the header %j', (header, expected) => {
    expect(delimiterOf(header)).toBe(expected);
  });
});

describe('rows of elements', () => {
  const piece = (text: string) => ({ text, cut: false });

  it.each([
    ['"218Ihungup"', { original: ['218Ihungup'], call: { to: '218Ihungup' } }],
    ['13800138001', { original: ['13800138001'], call: { to: '13800138001' } }],
    ['null', { original: ['null'], fault: 'MALFORMED' }],
    ['["1"]', { original: ['["1"]'], fault: 'MALFORMED' }],
    ['"1', { original: ['"1'], fault: 'MALFORMED' }],
    ['', { original: [''], fault: 'MALFORMED' }],
  ])('reads the element %s of a table', (text, expected) => {
    expect(rowOfElement(piece(text), true)).toEqual(expected);
  });

  it('sends only what the gateway knows and keeps the rest', () => {
    const row = rowOfObjectLine(
      piece('{"to":13800138001,"region":"CN","note":"vip","callerId":null,"campaignId":"x"}'),
    );
    expect(row.call).toEqual({ to: '13800138001', region: 'CN' });
    expect(row.original).toEqual({
      to: 13800138001,
      region: 'CN',
      note: 'vip',
      callerId: null,
      campaignId: 'x',
    });
  });

  it('keeps a line that is no JSON as it was', () => {
    expect(rowOfObjectLine(piece('{"to":'))).toEqual({ original: { raw: '{"to":' }, fault: 'MALFORMED' });
  });
});

describe('TableColumns', () => {
  const record = (...cells: string[]) => ({ cells, cut: false });
  const table = new TableColumns([' customerId ', 'Number', 'region', 'note']);

  it('sends number and hints, and leaves empty hints out', () => {
    expect(table.row(record('C-1', ' 138 0013 8001', '', 'x'))).toEqual({
      original: ['C-1', ' 138 0013 8001', '', 'x'],
      call: { to: ' 138 0013 8001', customerId: 'C-1' },
    });
  });

  it('fills short rows and drops empty cells behind the header', () => {
    expect(table.row(record('C-1', '1')).original).toEqual(['C-1', '1', '', '']);
    expect(table.row(record('C-1', '1', 'CN', 'x', '', ' ')).call).toEqual({
      to: '1',
      customerId: 'C-1',
      region: 'CN',
    });
  });

  it('does not guess which cell of a row with a surplus is the number', () => {
    expect(table.row(record('C-1', '1', 'CN', 'a', 'b'))).toEqual({
      original: ['C-1', '1', 'CN', 'a,b'],
      fault: 'MALFORMED',
    });
  });

  it('takes `to` where there is no `number`, and refuses a table with neither', () => {
    expect(new TableColumns(['to']).row(record('1')).call).toEqual({ to: '1' });
    expect(() => new TableColumns(['phone'])).toThrow('no column `number`');
  });
});

describe('csvCell', () => {
  it.each([
    ['=cmd|calc', `"'=cmd|calc"`],
    ['+1+cmd', `"'+1+cmd"`],
    ['-2', `"'-2"`],
    ['@SUM(1)', `"'@SUM(1)"`],
    ['\t=1', `"'\t=1"`],
    ['＝1', `"'＝1"`],
    ['+8613800138001', '"+8613800138001"'],
    ['+86138****8001', '"+86138****8001"'],
    ['+86 138-0013 8001', '"+86 138-0013 8001"'],
    ['+1=2', `"'+1=2"`],
    ['+A1', `"'+A1"`],
    ['a,"b"\n', '"a,""b""\n"'],
    ['13800138001', '13800138001'],
    ['', ''],
  ])('writes %j so that no spreadsheet runs it', (text, expected) => {
    expect(csvCell(text)).toBe(expected);
  });
});
