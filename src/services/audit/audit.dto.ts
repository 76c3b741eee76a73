import { type Static, Type } from '@sinclair/typebox';
import { closed, Uuid } from '../../platform/http/schemas';

export const DossierParams = closed({ callId: Uuid });
export type DossierParams = Static<typeof DossierParams>;

/** The dossier is the record itself, whose shape grows with the rules: it is documented here and serialised as it is. */
export const DossierAnswer = Type.Object(
  {
    callId: Uuid,
    outcome: Type.String(),
    state: Type.String(),
    decidedAt: Type.String(),
    policyVersion: Type.String(),
    request: Type.Any({ description: 'The question as it was asked, its number masked.' }),
    asker: Type.Any({ description: 'The client that asked.' }),
    facts: Type.Any({
      description:
        'Everything the decision knew: campaign, script version, caller id, wishes, preferences, consents and past attempts of that instant.',
    }),
    decision: Type.Any({ description: 'Outcome, reasons, every rule’s verdict, candidates, obligations.' }),
    events: Type.Array(Type.Any({ description: 'Reports of what became of the call, in order of arrival.' })),
    flags: Type.Array(Type.String()),
    recording: Type.Any({ description: 'Digest of the recording, or null.' }),
    readers: Type.Array(Type.Any({ description: 'Who read this dossier before, and when.' })),
    ledger: Type.Object({
      eventId: Uuid,
      entry: Type.String({ description: 'The final log entry of this decision.' }),
      index: Type.Union([Type.Integer(), Type.Null()]),
    }),
  },
  { $id: 'Dossier' },
);
export type DossierAnswer = Static<typeof DossierAnswer>;

export const ReplayAnswer = Type.Object(
  {
    same: Type.Boolean(),
    policyVersion: Type.String(),
    engineVersion: Type.String(),
    diff: Type.Array(Type.Object({ path: Type.String(), recorded: Type.Any(), replayed: Type.Any() })),
  },
  { $id: 'Replay' },
);
export type ReplayAnswer = Static<typeof ReplayAnswer>;
