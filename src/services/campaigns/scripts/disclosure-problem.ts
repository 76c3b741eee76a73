import type { Voice } from '../../../domain/decision/purpose';
import { type DisclosureFault, disclosureFault } from './script-lint';

const SENTENCES: Readonly<Record<DisclosureFault, string>> = {
  empty: 'A machine must say that it is one before anything else (GB 45438—2025 §5.3).',
  no_ai_element: 'Must say that it is AI, e.g. 人工智能 or AI (GB 45438—2025 §5.3).',
  no_synthetic_element:
    'Must say that the voice is generated or synthetic, e.g. 合成 or 生成 (GB 45438—2025 §5.3).',
};

/** What is wrong with the disclosure of a voice; undefined where nothing is. A person need not say to be one. */
export function disclosureProblem(voice: Voice, disclosure: string): string | undefined {
  if (voice === 'human') return undefined;
  const fault = disclosureFault(disclosure);
  return fault === undefined ? undefined : SENTENCES[fault];
}
