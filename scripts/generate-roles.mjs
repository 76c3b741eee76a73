/** `docs/roles.md`: which role may use which endpoint. */
import { load } from './typescript.mjs';

const { ACCESS } = load('src/contracts/access');
const { ROLES } = load('src/contracts/actor');

export function rolesDocument() {
  const tags = [...new Set(ACCESS.map((entry) => entry.tag))];
  return [
    '# Who may use what',
    '',
    'Made from `src/contracts/access.ts`, the table that every request is judged by. A client may have several roles.',
    'What a role may see of a thing is decided further in: a dialer bound to a vendor sees its own calls and coarse',
    'reasons only, approvals show an asker what it asked for itself, and `approve` takes another person than the one',
    'who asked.',
    '',
    ...tags.flatMap((tag) => [`## ${capital(tag)}`, '', ...table(tag), '']),
  ].join('\n');
}

function table(tag) {
  return [
    `| endpoint | | ${ROLES.join(' | ')} |`,
    `|---|---|${ROLES.map(() => ':-:').join('|')}|`,
    ...ACCESS.filter((entry) => entry.tag === tag).map(row),
  ];
}

function row({ method, path, roles, summary }) {
  const marks =
    roles === 'open' ? ROLES.map(() => 'open') : ROLES.map((role) => (roles.includes(role) ? '✓' : ''));
  return `| \`${method} ${path.replace(/:(\w+)/g, '{$1}')}\` | ${summary} | ${marks.join(' | ')} |`;
}

const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);
