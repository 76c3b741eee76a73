import { type AccessEntry, DIALING, READING, RUNNING } from './entry';

const entry = (
  method: AccessEntry['method'],
  path: string,
  roles: AccessEntry['roles'],
  summary: string,
): AccessEntry => ({ method, path: `/v1/vendors/:id/${path}`, roles, tag: 'results', summary });

/** What outsourcers report after the call. A vendor's own client posts, and sees nothing but the answer. */
export const results: AccessEntry[] = [
  entry(
    'PUT',
    'results-mapping',
    RUNNING,
    "What a vendor's reports and its words mean; tried on an example. Where less would bind, another person decides",
  ),
  entry('GET', 'results-mapping', READING, 'The mapping in force, or an earlier version'),
  entry('POST', 'results', DIALING, "Reports of calls in the vendor's own form, one or many"),
  entry('GET', 'results', READING, 'What became of the reports, newest first'),
  entry(
    'POST',
    'results/reapply',
    RUNNING,
    'Read again, by the mapping in force, what could not be read whole',
  ),
  entry('GET', 'findings', READING, 'Refusals that the vendor overheard, newest first'),
];
