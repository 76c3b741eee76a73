import { Column, Entity, JoinColumn, ManyToOne, OneToMany, PrimaryColumn } from 'typeorm';
import type {
  CallerIdFacts,
  CampaignFacts,
  ConsentAttributes,
  Slot,
  WishSource,
} from '../../../src/domain/decision/facts';
import type {
  AgeBand,
  Channel,
  ConsentPurpose,
  ProductRisk,
  Purpose,
  Voice,
} from '../../../src/domain/decision/purpose';

/** One class a table, as an ordinary TypeORM project has them. Only columns that a decision reads or writes. */

@Entity({ name: 'clients' })
export class ClientEntity {
  @PrimaryColumn('uuid') id!: string;
  @Column('text') name!: string;
  @Column('text') kind!: 'system' | 'person';
  @Column('text', { array: true }) roles!: string[];
  @Column('text', { name: 'vendor_id', nullable: true }) vendorId!: string | null;
  @Column('text') state!: 'active' | 'revoked';
}

@Entity({ name: 'client_keys' })
export class ClientKeyEntity {
  @PrimaryColumn('uuid') id!: string;
  @Column('bytea') hash!: Buffer;
  @Column('timestamptz', { name: 'expires_at', nullable: true }) expiresAt!: Date | null;
  @ManyToOne(() => ClientEntity)
  @JoinColumn({ name: 'client_id' })
  client!: ClientEntity;
}

@Entity({ name: 'vendors' })
export class VendorEntity {
  @PrimaryColumn('text') id!: string;
  @Column('text') status!: 'active' | 'ended';
}

@Entity({ name: 'campaigns' })
export class CampaignEntity {
  @PrimaryColumn('text') id!: string;
  @Column('text') entity!: string;
  @Column('text') line!: string;
  @Column('text') product!: string;
  @Column('text', { name: 'product_risk', nullable: true }) productRisk!: ProductRisk | null;
  @Column('text') purpose!: Purpose;
  @Column('text', { name: 'caller_ids', array: true }) callerIds!: string[];
  @Column('text') voice!: Voice;
  @Column('text', { name: 'script_version', nullable: true }) scriptVersion!: string | null;
  @Column('boolean', { name: 'shares_data' }) sharesData!: boolean;
  @Column('boolean', { name: 'uses_sensitive_data' }) usesSensitiveData!: boolean;
  @Column('text') state!: CampaignFacts['state'];
  @Column('timestamptz', { name: 'approved_until', nullable: true }) approvedUntil!: Date | null;
  @ManyToOne(() => VendorEntity, { nullable: true })
  @JoinColumn({ name: 'vendor_id' })
  vendor!: VendorEntity | null;
  @OneToMany(() => ScriptEntity, (script) => script.campaign)
  scripts!: ScriptEntity[];
}

@Entity({ name: 'scripts' })
export class ScriptEntity {
  @PrimaryColumn('text', { name: 'campaign_id' }) campaignId!: string;
  @PrimaryColumn('text') version!: string;
  @Column('text') kind!: 'fixed' | 'model';
  @Column('text') disclosure!: string;
  @Column('text', { name: 'text_sha256' }) textSha256!: string;
  @Column('text') state!: 'submitted' | 'approved';
  @ManyToOne(() => CampaignEntity, (campaign) => campaign.scripts)
  @JoinColumn({ name: 'campaign_id' })
  campaign!: CampaignEntity;
}

@Entity({ name: 'caller_ids' })
export class CallerIdEntity {
  @PrimaryColumn('text') id!: string;
  @Column('text') number!: string;
  @Column('text') class!: CallerIdFacts['class'];
  @Column('text') entity!: string;
  @Column('timestamptz', { name: 'right_of_use_expires' }) rightOfUseExpires!: Date;
  @Column('text', { array: true }) purposes!: Purpose[];
  @Column('text', { array: true }) vendors!: string[];
}

@Entity({ schema: 'ordinary', name: 'persons' })
export class PersonEntity {
  @PrimaryColumn('uuid') id!: string;
  @Column('bytea', { name: 'wrapping_key' }) wrappingKey!: Buffer;
  @Column('text', { name: 'age_band', nullable: true }) ageBand!: AgeBand | null;
  @Column('text', { name: 'time_zone', nullable: true }) timeZone!: string | null;
  @Column('text', { nullable: true }) subdivision!: string | null;
}

@Entity({ schema: 'ordinary', name: 'numbers' })
export class NumberEntity {
  @PrimaryColumn('uuid') id!: string;
  @Column('bytea') tag!: Buffer;
  @ManyToOne(() => PersonEntity)
  @JoinColumn({ name: 'person_id' })
  person!: PersonEntity;
}

@Entity({ schema: 'ordinary', name: 'wishes' })
export class WishEntity {
  @PrimaryColumn('uuid') id!: string;
  @Column('uuid', { name: 'person_id' }) personId!: string;
  @Column('text', { name: 'scope_kind' }) scopeKind!: 'group' | 'entity' | 'line' | 'product' | 'campaign';
  @Column('text', { name: 'scope_id', nullable: true }) scopeId!: string | null;
  @Column('text', { array: true }) channels!: Channel[];
  @Column('text', { array: true }) purposes!: Purpose[];
  @Column('text') source!: WishSource;
  @Column('timestamptz', { name: 'recorded_at' }) recordedAt!: Date;
  @Column('timestamptz', { nullable: true }) until!: Date | null;
  @Column('timestamptz', { name: 'released_at', nullable: true }) releasedAt!: Date | null;
}

@Entity({ schema: 'ordinary', name: 'consents' })
export class ConsentEntity {
  @PrimaryColumn('uuid') id!: string;
  @Column('uuid', { name: 'person_id' }) personId!: string;
  @Column('text', { name: 'scope_kind' }) scopeKind!: 'entity' | 'group';
  @Column('text', { name: 'scope_id' }) scopeId!: string;
  @Column('text', { array: true }) purposes!: ConsentPurpose[];
  @Column('text', { array: true }) channels!: Channel[];
  @Column('json') attributes!: ConsentAttributes;
  @Column('timestamptz', { name: 'granted_at' }) grantedAt!: Date;
  @Column('timestamptz', { name: 'expires_at', nullable: true }) expiresAt!: Date | null;
  @Column('timestamptz', { name: 'withdrawn_at', nullable: true }) withdrawnAt!: Date | null;
}

@Entity({ schema: 'ordinary', name: 'preferences' })
export class PreferenceEntity {
  @PrimaryColumn('uuid') id!: string;
  @Column('uuid', { name: 'person_id' }) personId!: string;
  @Column('text') kind!: 'preference' | 'refuse_now' | 'not_interested';
  @Column('timestamptz', { name: 'recorded_at' }) recordedAt!: Date;
  @Column('timestamptz', { nullable: true }) until!: Date | null;
  @Column('json') body!: Record<string, unknown>;
}

@Entity({ schema: 'ordinary', name: 'calls' })
export class CallEntity {
  @PrimaryColumn('uuid') id!: string;
  @Column('uuid', { name: 'person_id' }) personId!: string;
  @Column('uuid', { name: 'client_id' }) clientId!: string;
  @Column('text', { name: 'external_call_id', nullable: true }) externalCallId!: string | null;
  @Column('text', { name: 'campaign_id' }) campaignId!: string;
  @Column('text', { name: 'vendor_id', nullable: true }) vendorId!: string | null;
  @Column('text') purpose!: Slot['purpose'];
  @Column('text') outcome!: 'allow' | 'deny' | 'defer';
  @Column('text', { array: true }) codes!: string[];
  @Column('text', { name: 'policy_version' }) policyVersion!: string;
  @Column('timestamptz', { name: 'decided_at' }) decidedAt!: Date;
  @Column('timestamptz', { name: 'expires_at', nullable: true }) expiresAt!: Date | null;
  @Column('timestamptz', { name: 'not_before', nullable: true }) notBefore!: Date | null;
  @Column('timestamptz', { name: 'voided_at', nullable: true }) voidedAt!: Date | null;
  @Column('timestamptz', { name: 'redeemed_at', nullable: true }) redeemedAt!: Date | null;
  @Column('timestamptz', { name: 'placed_at', nullable: true }) placedAt!: Date | null;
  @Column('boolean', { nullable: true }) answered!: boolean | null;
  @Column('timestamptz', { name: 'ended_at', nullable: true }) endedAt!: Date | null;
}

@Entity({ schema: 'ordinary', name: 'events' })
export class EventEntity {
  @PrimaryColumn('uuid', { name: 'event_id' }) eventId!: string;
  @Column('text') type!: string;
  @Column('uuid', { name: 'person_id', nullable: true }) personId!: string | null;
  @Column('timestamptz', { name: 'recorded_at' }) recordedAt!: Date;
  @Column('json') clear!: object;
  @Column('bytea') sealed!: Buffer;
  @Column('bytea', { name: 'wrapped_key' }) wrappedKey!: Buffer;
  @Column('bytea') entry!: Buffer;
}

@Entity({ schema: 'ordinary', name: 'outbox' })
export class OutboxEntity {
  @PrimaryColumn('bigint', { generated: 'increment' }) seq!: string;
  @Column('smallint') bucket!: number;
  @Column('uuid', { name: 'event_id' }) eventId!: string;
}

export const ENTITIES = [
  ClientEntity,
  ClientKeyEntity,
  VendorEntity,
  CampaignEntity,
  ScriptEntity,
  CallerIdEntity,
  PersonEntity,
  NumberEntity,
  WishEntity,
  ConsentEntity,
  PreferenceEntity,
  CallEntity,
  EventEntity,
  OutboxEntity,
];
