import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { ProductRisk, Purpose, Voice } from '../../domain/decision/purpose';
import type { CampaignState } from './campaign-states';

/** Why, for whom and with what the institution calls. One that nobody approved never runs. */
@Entity('campaigns')
export class CampaignRow {
  @PrimaryColumn('text')
  id!: string;

  @Column('text')
  name!: string;

  @Column('text')
  entity!: string;

  @Column('text')
  line!: string;

  @Column('text')
  product!: string;

  @Column('text', { name: 'product_risk', nullable: true })
  productRisk!: ProductRisk | null;

  @Column('text')
  purpose!: Purpose;

  /** Null: the campaign is in-house. */
  @Column('text', { name: 'vendor_id', nullable: true })
  vendorId!: string | null;

  @Column('text', { name: 'caller_ids', array: true })
  callerIds!: string[];

  @Column('text')
  voice!: Voice;

  @Column('text', { name: 'script_version', nullable: true })
  scriptVersion!: string | null;

  @Column('boolean', { name: 'shares_data' })
  sharesData!: boolean;

  @Column('boolean', { name: 'uses_sensitive_data' })
  usesSensitiveData!: boolean;

  @Column('text', { name: 'opt_out_key' })
  optOutKey!: string;

  @Column('text')
  state!: CampaignState;

  /** Whoever changed anything of substance last. */
  @Column('uuid', { name: 'edited_by' })
  editedBy!: string;

  /** Everybody who changed anything of substance since it was last approved: like the submitter, never its approver. */
  @Column('uuid', { name: 'written_by', array: true })
  writtenBy!: string[];

  @Column('uuid', { name: 'submitted_by', nullable: true })
  submittedBy!: string | null;

  @Column('uuid', { name: 'approved_by', nullable: true })
  approvedBy!: string | null;

  @Column('timestamptz', { name: 'approved_until', nullable: true })
  approvedUntil!: Date | null;

  /** What the reviewer said last, approving or returning. */
  @Column('text', { name: 'review_comment', nullable: true })
  reviewComment!: string | null;

  @Column('timestamptz', { name: 'created_at' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'updated_at' })
  updatedAt!: Date;
}
