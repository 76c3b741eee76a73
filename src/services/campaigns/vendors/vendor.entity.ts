import { Column, Entity, PrimaryColumn } from 'typeorm';

/** Who calls on behalf of the institution. Whether it may call just now is a stop, not a status (RULINGS 12). */
@Entity('vendors')
export class VendorRow {
  @PrimaryColumn('text')
  id!: string;

  @Column('text')
  name!: string;

  @Column('text')
  status!: 'active' | 'ended';

  @Column('text', { nullable: true })
  contact!: string | null;

  @Column('timestamptz', { name: 'created_at' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'updated_at' })
  updatedAt!: Date;
}
