import { readFileSync } from 'node:fs';
import { topicOf, TOPICS } from './topics';

const types = Object.values(TOPICS).flat();

describe('topics and types', () => {
  it('carry every type on exactly one topic', () => {
    expect(new Set(types).size).toBe(types.length);
    expect(topicOf('call.decided.v1')).toBe('call.decisions.v1');
    expect(topicOf('call.ended.v1')).toBe('call.events.v1');
    expect(topicOf('wish.released.v1')).toBe('wish.events.v1');
  });

  it('are lower case, dotted and versioned', () => {
    for (const name of [...types, ...Object.keys(TOPICS)])
      expect(name).toMatch(/^[a-z_]+(\.[a-z_]+)+\.v[1-9]$/);
  });
});

it('are all in the table of topics to subscribe to', () => {
  const table = readFileSync('docs/kafka-topics.md', 'utf8');
  const named = Object.keys(TOPICS).filter((topic) => table.includes(`\`${topic}\``));
  expect(named).toEqual(Object.keys(TOPICS));
});
