import type { MigrationInterface } from 'typeorm';
import { CreateSettings1763600000000 } from '../../../migrations/1763600000000-create-settings';
import { CreateEvidence1763600100000 } from '../../../migrations/1763600100000-create-evidence';
import { CreatePeople1763600200000 } from '../../../migrations/1763600200000-create-people';
import { CreateCalls1763600300000 } from '../../../migrations/1763600300000-create-calls';
import { LightenWrites1763600400000 } from '../../../migrations/1763600400000-lighten-writes';

/** A migration's class; the end of its name is the time it was written, which orders it. */
export type MigrationClass = new () => MigrationInterface;

/** Every migration, oldest first. */
export const migrations: MigrationClass[] = [
  CreateSettings1763600000000,
  CreateEvidence1763600100000,
  CreatePeople1763600200000,
  CreateCalls1763600300000,
  LightenWrites1763600400000,
];
