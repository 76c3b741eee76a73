import { Body, Controller, HttpCode, Inject, Param, Post, Req, Res } from '@nestjs/common';
import { RouteSchema } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Config } from '../../config/load-config';
import type { Actor } from '../../contracts/actor';
import { invalidMember } from '../../contracts/app-error';
import { CurrentActor } from '../../platform/auth/current-actor';
import { Database } from '../../platform/database/database';
import { Idempotency } from '../../platform/http/idempotency';
import { writeInstant } from '../../platform/http/instants';
import { UuidParams } from '../../platform/http/schemas';
import { CONFIG } from '../../platform/installation/tokens';
import { readSearchTarget } from '../people/person-finder';
import { readNumber } from '../people/word-target';
import { SendLink } from './links/send-link';
import { MyAccessService } from './my-access.service';
import { requireSafeAddress } from './my-door';
import { MyTargets } from './my-targets';
import { LinkAnswer, LinkBody, ViewAnswer, ViewBody } from './my.dto';
import { myLanguageOf } from './my-texts';
import { MyViewService } from './my-view.service';

/** The customer's own view for the institution's app, IVR and hotline; a vendor's clients have none of its roles. */
@Controller('v1')
export class MyController {
  constructor(
    private readonly access: MyAccessService,
    private readonly sending: SendLink,
    private readonly views: MyViewService,
    private readonly targets: MyTargets,
    private readonly database: Database,
    private readonly idempotency: Idempotency,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  @Post('people/:id/links')
  @RouteSchema({ params: UuidParams, body: LinkBody, response: { 201: LinkAnswer } })
  link(
    @CurrentActor() actor: Actor,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Param('id') personId: string,
    @Body() body: LinkBody,
  ): Promise<LinkAnswer> {
    requireSafeAddress(this.config.http.publicUrl);
    const { language, send, number, region } = body;
    if (send !== 'sms' && (number ?? region) !== undefined) {
      throw invalidMember('/number', 'A number is for a link that is sent.', 'NOT_ALLOWED');
    }
    return this.idempotency.run<LinkAnswer>(request, reply, async (tx) => {
      if (send === 'sms') {
        const to = number === undefined ? undefined : readNumber(number, region, '/number');
        const link = await this.sending.send(tx, { personId, number: to, language }, actor);
        return { status: 201, body: { linkId: link.id, expiresAt: writeInstant(link.expiresAt) } };
      }
      const link = await this.access.makeLink(tx, personId, language ?? 'zh-CN', actor);
      return {
        status: 201,
        body: {
          linkId: link.id,
          url: `${this.config.http.publicUrl}/my/${link.secret}`,
          expiresAt: writeInstant(link.expiresAt),
        },
      };
    });
  }

  @Post('my/view')
  @HttpCode(200)
  @RouteSchema({ body: ViewBody, response: { 200: ViewAnswer } })
  view(@CurrentActor() actor: Actor, @Body() body: ViewBody): Promise<ViewAnswer> {
    const { language, cursor, ...named } = body;
    const target = readSearchTarget(named);
    return this.database.transaction(async (tx) => {
      const own = await this.access.lockOwn(tx, await this.targets.idOf(tx, target));
      const view = await this.views.view(tx, own, {
        language: myLanguageOf(language ?? 'zh-CN'),
        actor,
        ...(cursor === undefined ? {} : { before: cursor }),
      });
      return {
        personId: own.id,
        calls: view.calls.map(
          (call) => ({ ...call, at: writeInstant(call.at) }) as ViewAnswer['calls'][number],
        ),
        nextCursor: view.next ?? null,
        wishes: view.wishes.map((wish) => ({ ...wish, since: writeInstant(wish.since) })),
      };
    });
  }
}
