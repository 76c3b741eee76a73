import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { CallerIdClass, Purpose } from '../../../domain/decision/purpose';

/** A number that the institution may show when it calls. It is the institution's own, not a person's. */
@Entity('caller_ids')
export class CallerIdRow {
  @PrimaryColumn('text')
  id!: string;

  /** As dialled: digits, with a leading `+` where it is dialled so. */
  @Column('text')
  number!: string;

  @Column('text')
  class!: CallerIdClass;

  @Column('text')
  entity!: string;

  @Column('text', { name: 'right_of_use_document' })
  rightOfUseDocument!: string;

  @Column('timestamptz', { name: 'right_of_use_expires' })
  rightOfUseExpires!: Date;

  @Column('text', { array: true })
  purposes!: Purpose[];

  @Column('text', { array: true })
  vendors!: string[];

  @Column('timestamptz', { name: 'created_at' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'updated_at' })
  updatedAt!: Date;
}
