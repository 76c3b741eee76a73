import Ajv2020 from 'ajv/dist/2020';
import addFormats from 'ajv-formats';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { MEASURES } from '../../domain/monitoring/monitor';
import { SHIPPED_MONITORS } from './shipped-monitors';

const schema = JSON.parse(readFileSync(join(__dirname, 'monitors.schema.json'), 'utf8')) as object;
const validate = addFormats(new Ajv2020({ strict: true, allErrors: true })).compile(schema);

describe('the shipped monitors', () => {
  it('follow their schema, one for each measure', () => {
    validate(SHIPPED_MONITORS);
    expect(validate.errors).toBeNull();
    expect(SHIPPED_MONITORS.map(({ id }) => id)).toEqual(MEASURES);
  });

  it.each(['refusal_rate', 'complaint_rate', 'missing_disclosure'])(
    'measure what comes up to three days after the call: %s',
    (id) => {
      expect(SHIPPED_MONITORS.find((monitor) => monitor.id === id)?.windowHours).toBe(96);
    },
  );

  it.each<[string, object]>([
    ['an unknown member', { extra: 1 }],
    ['a threshold that is no rate', { threshold: 1.5 }],
    ['another force: no law of a place is here', { force: 'law' }],
    ['a longer window than tallies are kept', { windowHours: 721 }],
  ])('are refused with %s', (_, change) => {
    expect(validate([...SHIPPED_MONITORS.slice(1), { ...SHIPPED_MONITORS[0], ...change }])).toBe(false);
  });
});
