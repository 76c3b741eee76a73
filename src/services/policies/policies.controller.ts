import { Controller, Get } from '@nestjs/common';
import { RouteSchema } from '@nestjs/platform-fastify';
import { type Static, Type } from '@sinclair/typebox';
import { ENGINE_VERSION } from '../../domain/decision/engine-version';
import type { Rule } from '../../domain/policy/pack';
import { TZDATA_VERSION } from '../../domain/time/zones';
import { PolicyStore } from './policy-store';

const RuleAnswer = Type.Object({
  id: Type.String(),
  kind: Type.String(),
  summary: Type.String(),
  purposes: Type.Array(Type.String()),
  force: Type.String(),
  confidence: Type.String(),
  reviewBy: Type.String(),
  values: Type.Unknown(),
  citation: Type.Object({
    instrument: Type.String(),
    article: Type.Optional(Type.String()),
    effectiveFrom: Type.String(),
    effectiveUntil: Type.Optional(Type.String()),
    readOn: Type.String(),
    where: Type.Optional(Type.String()),
  }),
});
const PoliciesAnswer = Type.Object(
  {
    policyVersion: Type.String(),
    engineVersion: Type.String(),
    tzdata: Type.String(),
    packs: Type.Array(
      Type.Object({
        id: Type.String(),
        version: Type.String(),
        jurisdiction: Type.String(),
        status: Type.String(),
        purposes: Type.Array(Type.String()),
        rules: Type.Array(RuleAnswer),
        calendars: Type.Array(Type.Object({ id: Type.String(), years: Type.Array(Type.String()) })),
        registries: Type.Array(Type.Object({ registryId: Type.String(), maxAgeDays: Type.Integer() })),
      }),
    ),
  },
  { $id: 'Policies' },
);

/** What decisions are made under: each rule with its citation, force and confidence. */
@Controller('v1/policies')
export class PoliciesController {
  constructor(private readonly policies: PolicyStore) {}

  @Get()
  @RouteSchema({ response: { 200: PoliciesAnswer } })
  read(): Static<typeof PoliciesAnswer> {
    const policy = this.policies.current();
    const calendarsOf = (rules: readonly Rule[]) =>
      [...new Set(rules.flatMap((rule) => (rule.kind === 'holidays' ? [rule.values.calendar] : [])))].map(
        (id) => ({ id, years: Object.keys(policy.calendars.get(id)?.years ?? {}) }),
      );
    const registriesOf = (rules: readonly Rule[]) =>
      rules.flatMap((rule) =>
        rule.kind === 'registry'
          ? [{ registryId: rule.values.registryId, maxAgeDays: rule.values.maxAgeDays }]
          : [],
      );
    return {
      policyVersion: policy.version,
      engineVersion: ENGINE_VERSION,
      tzdata: TZDATA_VERSION,
      packs: [...policy.packs.values()].map((pack) => ({
        id: pack.id,
        version: pack.version,
        jurisdiction: pack.jurisdiction,
        status: pack.status,
        purposes: pack.purposes,
        rules: pack.rules,
        calendars: calendarsOf(pack.rules),
        registries: registriesOf(pack.rules),
      })),
    };
  }
}
