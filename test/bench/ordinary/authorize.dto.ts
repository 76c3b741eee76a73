import { Type } from 'class-transformer';
import { IsIn, IsOptional, IsString, Length, Matches, MaxLength, ValidateNested } from 'class-validator';

export class ExternalDto {
  @IsOptional() @IsString() @Length(1, 128) callId?: string;
  @IsOptional() @IsString() @Length(1, 128) taskId?: string;
  @IsOptional() @IsString() @Length(1, 128) lineId?: string;
}

/** The question of API.md, as class-validator says it. */
export class AuthorizeDto {
  @IsString() @Length(1, 64) to!: string;
  @IsOptional() @Matches(/^[A-Z]{2}$/) region?: string;
  @IsString() @Length(1, 64) campaignId!: string;
  @Matches(/^\+?[0-9][0-9 -]{1,23}$/) callerId!: string;
  @IsOptional() @IsIn(['ai', 'prerecorded', 'human']) voice?: 'ai' | 'prerecorded' | 'human';
  @IsOptional() @IsIn(['voice']) channel?: 'voice';
  @IsOptional() @ValidateNested() @Type(() => ExternalDto) external?: ExternalDto;
  @IsOptional() @IsString() @Length(1, 128) customerId?: string;
  @IsOptional() @IsString() @MaxLength(64) timeZone?: string;
  @IsOptional() @Matches(/^[A-Z]{2}-[A-Z0-9]{1,3}$/) subdivision?: string;
}
