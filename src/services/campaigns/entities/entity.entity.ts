import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A legal entity of the institution: who calls, and to whom consents are given. */
@Entity('entities')
export class EntityRow {
  @PrimaryColumn('text')
  id!: string;

  @Column('text')
  name!: string;

  @Column('text', { nullable: true })
  address!: string | null;

  /** How a customer reaches it: a hotline, an address, a page. */
  @Column('text', { nullable: true })
  contact!: string | null;

  @Column('timestamptz', { name: 'created_at' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'updated_at' })
  updatedAt!: Date;
}
