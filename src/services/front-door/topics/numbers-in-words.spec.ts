import { mayHoldNumber } from './numbers-in-words';

describe('words of a caller that nothing is known of', () => {
  it.each([
    'dial-+14155550123-3',
    'call-13800138001-7',
    'call 138 0013 8001',
    'x(415)555-0123',
    'a/415.555.0123',
    'tel:+86–138–0013–8001',
    '１３８００１３８００１',
    '٠١٢٣٤٥٦٧٨٩',
    '0197a3c2-7b1e-7c4d-9a55-3f2b1c0d9e8f/13800138001',
    'x0197a3c2-1380-0138-0010-013800138001',
  ])('may hold a number: %s', (word) => {
    expect(mayHoldNumber(word)).toBe(true);
  });

  it.each([
    '0197a3c2-7b1e-7c4d-9a55-3f2b1c0d9e8f',
    '12345678-1234-4123-8123-123456789012',
    'urn:uuid:12345678-1234-4123-8123-123456789012',
    'r-123456',
    '/bank/dialer',
    'batch-12-row-3456-try-7',
    '',
  ])('holds none: %s', (word) => {
    expect(mayHoldNumber(word)).toBe(false);
  });
});
