/**
 * `npm run points`: learns from the labelled sentences how many points each cue has, and writes the scorecard that the
 * recogniser sums (src/domain/recognition/points). The same sentences and rules give the same files.
 *
 *   npm run points                      after rules or sentences have changed
 *   npm run points -- --hear NAME       keeps what the rules hear of new sentences (test/data/optout/NAME.jsonl); do it
 *                                       before anybody fits rules to them
 */
import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { load, root } from './typescript.mjs';

const { hearFirst, readSentences } = load('test/support/points/sentences');
const { learn } = load('test/support/points/learn');
const { RECOGNISER_VERSION } = load('src/domain/recognition/version');

const POINTS = join(root, 'src/domain/recognition/points');
/** By what a reader of the file can read: each cue stands in one of them. */
const FILES = [
  ['rules', /^(?:(?:rule|rules|sense|label):|\{)/],
  ['han', /[\p{Script=Hiragana}\p{Script=Katakana}]|\p{Script=Han}|\p{Script=Bopomofo}/u],
  ['others', /[\p{Script=Hangul}\p{Script=Devanagari}\p{Script=Arabic}]/u],
  ['latin', /^/],
];

const log = (line) => console.log(line);

function write(name, text) {
  writeFileSync(join(POINTS, `${name}.json`), text);
}

function weighCues() {
  const sentences = readSentences();
  const sms = learn(sentences, 'sms', log);
  const speech = learn(sentences, 'speech', log);
  const cues = [...new Set([...sms.points.keys(), ...speech.points.keys()])]
    .filter((cue) => cue !== 'rules:unheard')
    .sort();
  const files = Object.fromEntries(FILES.map(([name]) => [name, []]));
  for (const cue of cues) {
    const [name] = FILES.find(([, pattern]) => pattern.test(cue));
    files[name].push(
      `  ${JSON.stringify(cue)}: [${sms.points.get(cue) ?? 0}, ${speech.points.get(cue) ?? 0}]`,
    );
  }
  for (const [name, lines] of Object.entries(files)) write(name, `{\n${lines.join(',\n')}\n}\n`);
  const card = ({ start, hear, drop }) => `{ "start": ${start}, "hear": ${hear}, "drop": ${drop} }`;
  write('card', `{\n  "sms": ${card(sms)},\n  "speech": ${card(speech)}\n}\n`);
  log(`${cues.length} cues`);
}

const [, , option, name] = process.argv;
if (option === '--hear') {
  const lines = hearFirst(name, RECOGNISER_VERSION).map((hearing) => `${JSON.stringify(hearing)}\n`);
  appendFileSync(join(root, 'test/data/optout/first-hearings.jsonl'), lines.join(''));
} else {
  weighCues();
}
