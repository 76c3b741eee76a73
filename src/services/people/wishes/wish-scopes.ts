import { Injectable } from '@nestjs/common';
import { hasRole } from '../../../contracts/actor';
import { invalidMember } from '../../../contracts/app-error';
import type { Tx } from '../../../platform/database/database';
import { ScopeNamesReader } from '../../campaigns/scopes/scope-names.reader';
import type { WishInput } from '../subjects.port';

/** A word that may be narrowed: a wish, or a consent taken back. */
type NarrowedWord = Pick<WishInput, 'scope' | 'namedScope' | 'actor'>;

/** Sees to it that what is confirmed to a person as effective binds something. */
@Injectable()
export class WishScopes {
  constructor(private readonly names: ScopeNamesReader) {}

  /**
   * The word, narrowed to a thing that exists, as that is spelled. Who sets up campaigns is told of a mistyped name;
   * everybody else passes on what a person said and may never ask again, so the word binds the whole group instead.
   * @throws AppError INVALID
   */
  async settle<Word extends NarrowedWord>(tx: Tx, input: Word): Promise<Word> {
    const { scope, actor } = input;
    if (scope === undefined || scope.kind === 'group') return input;
    const spellings = await this.names.spellingsOf(tx, scope.kind, scope.id, actor.vendorId);
    const only = spellings.length === 1 ? spellings[0] : undefined;
    const id = spellings.includes(scope.id) ? scope.id : only;
    if (id !== undefined) return { ...input, scope: { kind: scope.kind, id } };
    if (hasRole(actor, 'compliance', 'marketing')) {
      throw invalidMember('/scope/id', `No ${scope.kind} of this name is known.`, 'UNKNOWN_SCOPE');
    }
    return { ...input, scope: { kind: 'group' }, namedScope: scope };
  }
}
