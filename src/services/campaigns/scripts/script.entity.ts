import { Column, Entity, PrimaryColumn } from 'typeorm';

/** What a campaign says: one version, which never changes once it is here. */
@Entity('scripts')
export class ScriptRow {
  @PrimaryColumn('text', { name: 'campaign_id' })
  campaignId!: string;

  @PrimaryColumn('text')
  version!: string;

  @Column('text')
  kind!: 'fixed' | 'model';

  @Column('text')
  text!: string;

  @Column('text')
  disclosure!: string;

  @Column('text')
  language!: string;

  @Column('text', { nullable: true })
  model!: string | null;

  @Column('text', { name: 'text_sha256' })
  textSha256!: string;

  @Column('text')
  state!: 'submitted' | 'approved';

  @Column('uuid', { name: 'submitted_by' })
  submittedBy!: string;

  @Column('uuid', { name: 'approved_by', nullable: true })
  approvedBy!: string | null;

  @Column('timestamptz', { name: 'approved_at', nullable: true })
  approvedAt!: Date | null;

  @Column('timestamptz', { name: 'created_at' })
  createdAt!: Date;
}
