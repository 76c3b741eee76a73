/** `docs/problems.md`: every problem that the API can answer. */
import { load } from './typescript.mjs';

const { PROBLEMS, problemType } = load('src/contracts/problems');
const { MEMBER_CODES } = load('src/platform/http/validation-errors');

export function problemsDocument() {
  const rows = Object.entries(PROBLEMS)
    .sort(([, a], [, b]) => a.status - b.status)
    .map(([code, { status, title }]) => `| ${status} | \`${code}\` | \`${problemType(code)}\` | ${title} |`);
  return `# Problems

Made from \`src/contracts/problems.ts\`. Every error is a problem document (RFC 9457, \`application/problem+json\`):
\`type\`, \`title\` and \`status\` as below, \`code\`, a \`detail\` for this occurrence, and \`instance\`, the id of the request
(\`X-Request-Id\`) as a URN. A problem never holds a phone number, nor any value that was sent.

A problem means: **not decided, do not dial**. A refused call is no problem but a 200 with its reasons.

| status | code | type | title |
|---|---|---|---|
${rows.join('\n')}

With \`INVALID\`, \`errors\` names each faulty member: \`pointer\` (RFC 6901), \`code\` and \`detail\`. Codes of the schema are
${MEMBER_CODES.map((code) => `\`${code}\``).join(', ')}; use cases add their own. \`Retry-After\` says when to
ask again, where that is known. \`UNAUTHENTICATED\` comes with \`WWW-Authenticate: Bearer\`.
`;
}
