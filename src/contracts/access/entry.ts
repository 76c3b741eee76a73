import type { Role } from '../actor';

export type HttpMethod = 'GET' | 'POST' | 'PUT';

export interface AccessEntry {
  method: HttpMethod;
  /** As registered, with `:name` for a variable part; a final `/*` stands for everything below. */
  path: string;
  roles: readonly Role[] | 'open';
  summary: string;
  tag: string;
  /**
   * The use case checks the version of the settings inside the statement that writes, so the caller is recognised
   * from memory, without a query; a revoked key is refused there. Every other endpoint asks for fresh settings first.
   */
  checkedInWrite?: true;
}

/** `compliance` may do all that marketing, care and dialers may (API.md, "Who may call"). */
export const DIALING: readonly Role[] = ['dialer', 'marketing', 'compliance'];
export const RUNNING: readonly Role[] = ['marketing', 'compliance'];
export const OFFICE: readonly Role[] = ['compliance'];
export const READING: readonly Role[] = ['marketing', 'compliance', 'auditor'];
export const INSPECTING: readonly Role[] = ['compliance', 'auditor'];
/** Adding a refusal is open to every role but `auditor` and `admin`. */
export const REFUSING: readonly Role[] = ['dialer', 'marketing', 'care', 'compliance', 'carrier'];
export const ADMIN: readonly Role[] = ['admin'];
