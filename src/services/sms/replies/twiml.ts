const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

/** What Twilio is answered: at most one message to the sender, or nothing (twilio.com/docs/messaging/twiml). */
export function twimlOf(reply: string | undefined): string {
  const message =
    reply === undefined
      ? ''
      : `<Message>${reply.replace(/[&<>"']/g, (sign) => ESCAPES[sign] ?? sign)}</Message>`;
  return `<?xml version="1.0" encoding="UTF-8"?><Response>${message}</Response>`;
}
