import type { AiDisclosureRule, ObligationRule } from '../../policy/pack';
import { sourceText, type KnownCall } from './check';
import { applies } from './condition';
import type { Obligations } from '../verdict';

export type DutyRule = AiDisclosureRule | ObligationRule;

/**
 * What an allowed call must do. The approved script's own disclosure goes before the pack's text: it was approved for
 * this campaign and its language; an empty one is none. Frozen, because decisions share it.
 */
export function obligationsOf(rules: readonly DutyRule[], call: KnownCall): Obligations {
  const binding = rules.filter((rule) => applies(rule.when, call));
  const disclosures = binding.filter((rule) => rule.kind === 'ai_disclosure');
  const duties = binding.filter((rule) => rule.kind === 'obligation').map((rule) => rule.values);
  const ofScript = call.campaign.script?.disclosure;
  const ofPacks = disclosures.map((rule) => rule.values.text).join(' ');
  const required = disclosures.length > 0;
  return Object.freeze({
    aiDisclosure: Object.freeze({
      required,
      text: required && ofScript ? ofScript : ofPacks,
      source: disclosures.map((rule) => sourceText(rule.citation)).join('; '),
    }),
    identify: distinct(duties.flatMap((duty) => duty.identify ?? [])),
    recordingNotice: duties.some((duty) => duty.recordingNotice === true),
    optOut: distinct(duties.flatMap((duty) => duty.optOut ?? [])),
    humanTransfer: duties.some((duty) => duty.humanTransfer === true),
  });
}

function distinct<T>(list: readonly T[]): T[] {
  const values = [...new Set(list)];
  Object.freeze(values);
  return values;
}
