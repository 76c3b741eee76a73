import type { Instant } from '../../../domain/time/instant';
import type { ImportSubject } from '../import';

/** How one institution's lists name our columns. */
export interface Mapping {
  name: string;
  subject: ImportSubject;
  columns: Record<string, string>;
  defaults: Record<string, string>;
  changedBy: string;
  changedAt: Instant;
}
