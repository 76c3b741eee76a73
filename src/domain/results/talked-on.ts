import type { Line } from './read-dialogue';

/** Words that take leave, apologise or confirm that no more calls will come. */
const CLOSING =
  /再见|再會|再見|拜拜|不再|不会再|不會再|打扰|打擾|抱歉|对不起|對不起|祝您|登记|登記|移除|\bbye\b|good ?bye|sorry|apolog|no (?:longer|more)|won.?t (?:call|contact)|not (?:call|contact) you|remov(?:e|ed) you|adi[oó]s|disculp|no (?:le )?volver/i;

/** Words that ask, offer or hold on. */
const PITCHING =
  /[?？]|吗|嗎|呢|要不|不如|考虑|考慮|只需|只要|优惠|優惠|免费|免費|活动|活動|offer|discount|free|just (?:a|one)|why|before you go|oferta|descuento|gratis/i;

/**
 * Whether the agent went on selling after the customer's refusal in line `refusedAt`. One turn is left for a
 * confirmation: it counts only when it asks or offers; every later turn that does not take leave counts.
 */
export function talkedOn(lines: readonly Line[], refusedAt: number): boolean {
  return agentTurns(lines.slice(refusedAt + 1)).some((turn, index) => {
    if (CLOSING.test(turn)) return false;
    return index > 0 || PITCHING.test(turn);
  });
}

/** What the agent said without anybody between is one turn. */
function agentTurns(lines: readonly Line[]): string[] {
  const turns: string[] = [];
  let turn = '';
  for (const { speaker, text } of [...lines, END]) {
    if (speaker === 'agent') turn += ` ${text}`;
    else if (turn !== '') turns.push(turn);
    if (speaker !== 'agent') turn = '';
  }
  return turns;
}

const END: Line = { speaker: 'unknown', text: '' };
