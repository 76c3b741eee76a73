import { Injectable } from '@nestjs/common';
import type { JobWork } from '../jobs/job';
import type { ImportSubject } from './import';
import { type ImportServices, ImportWork } from './import-work';
import { ConsentsImport } from './kinds/consents-import';
import { PeopleImport } from './kinds/people-import';
import { SuppressionsImport } from './kinds/suppressions-import';

/** What can be imported. */
@Injectable()
export class ImportKinds {
  constructor(
    private readonly suppressions: SuppressionsImport,
    private readonly people: PeopleImport,
    private readonly consents: ConsentsImport,
  ) {}

  /** The work of each kind of job. */
  works(services: ImportServices): Record<ImportSubject, JobWork> {
    return {
      suppressions: new ImportWork(this.suppressions, services),
      people: new ImportWork(this.people, services),
      consents: new ImportWork(this.consents, services),
    };
  }

  columnsOf(subject: ImportSubject): readonly string[] {
    return this[subject].columns;
  }
}
