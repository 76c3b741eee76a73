import { Controller, Get, HttpCode, Inject, Param, Post, Query, Req, Res } from '@nestjs/common';
import { RouteSchema } from '@nestjs/platform-fastify';
import { Type } from '@sinclair/typebox';
import { parseCookie, stringifySetCookie } from 'cookie';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Config } from '../../config/load-config';
import { AppError } from '../../contracts/app-error';
import { SECOND } from '../../domain/time/instant';
import { Database, type Tx } from '../../platform/database/database';
import { CONFIG } from '../../platform/installation/tokens';
import { WishesPort } from '../people/subjects.port';
import { CUSTOMER, MyAccessService, SESSION_LIFE } from './my-access.service';
import { LinkParams, PageQuery } from './my.dto';
import { gonePage, linkPage, PAGE_HEADERS, type Stopped, viewPage } from './my-pages';
import { type MyLanguage, myLanguageOf } from './my-texts';
import { MyViewService } from './my-view.service';

const COOKIE = 'ql_my';
const Page = Type.String({ description: 'A page of HTML.' });

/** The page behind a one-time link: usable without scripts, by keyboard, on a phone. */
@Controller('my')
export class MyPagesController {
  constructor(
    private readonly access: MyAccessService,
    private readonly views: MyViewService,
    private readonly wishes: WishesPort,
    private readonly database: Database,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** Consumes nothing: previews of messages open every link (SHAPES, "/my"). */
  @Get(':link')
  @RouteSchema({ params: LinkParams, response: { 200: Page } })
  async look(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Param('link') secret: string,
  ): Promise<string> {
    const link = await this.access.peek(secret);
    if (link === undefined) return this.gone(request, reply);
    return this.page(reply, linkPage(myLanguageOf(link.language), secret));
  }

  @Post('stop')
  @HttpCode(200)
  @RouteSchema({ response: { 200: Page } })
  async stop(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    fromOwnPage(request);
    const page = await this.database.transaction(async (tx) => {
      const session = await this.access.session(tx, cookieOf(request));
      if (session === undefined) return undefined;
      const { confirmation, receiptId } = await this.wishes.recordWish(tx, {
        target: { subjectId: session.subjectId },
        source: 'customer',
        reason: 'Pressed the button on the own page.',
        actor: CUSTOMER,
      });
      return this.shown(tx, session, { stopped: { confirmation, receiptId } });
    });
    return page === undefined ? this.gone(request, reply) : this.page(reply, page);
  }

  @Post(':link')
  @HttpCode(303)
  @RouteSchema({ params: LinkParams, response: { 303: Type.String() } })
  async open(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Param('link') secret: string,
  ): Promise<string> {
    fromOwnPage(request);
    const session = await this.access.open(secret);
    if (session === undefined) return this.gone(request, reply);
    void reply.headers({ ...PAGE_HEADERS, location: '/my', 'set-cookie': this.cookie(session) });
    return '';
  }

  @Get()
  @RouteSchema({ querystring: PageQuery, response: { 200: Page } })
  async view(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Query() { before }: PageQuery,
  ): Promise<string> {
    const page = await this.database.transaction(async (tx) => {
      const session = await this.access.session(tx, cookieOf(request));
      return session === undefined
        ? undefined
        : this.shown(tx, session, before === undefined ? {} : { before });
    });
    return page === undefined ? this.gone(request, reply) : this.page(reply, page);
  }

  private async shown(
    tx: Tx,
    session: { subjectId: string; language: string },
    { before, stopped }: { before?: string; stopped?: Stopped },
  ): Promise<string | undefined> {
    const own = await this.access.lockOwn(tx, session.subjectId);
    // Claimed by a customer since: what stands on that row is not what this page was opened for.
    if (own.id !== session.subjectId) return undefined;
    const view = await this.views.view(tx, own, {
      language: myLanguageOf(session.language),
      actor: CUSTOMER,
      ...(before === undefined ? {} : { before }),
    });
    return viewPage(view, stopped);
  }

  private page(reply: FastifyReply, text: string): string {
    void reply.headers(PAGE_HEADERS);
    return text;
  }

  /** 410 for all that is not open: unknown, used, lapsed. */
  private gone(request: FastifyRequest, reply: FastifyReply): string {
    void reply.code(410);
    return this.page(reply, gonePage(accepted(request)));
  }

  private cookie(session: string): string {
    return stringifySetCookie({
      name: COOKIE,
      value: session,
      path: '/my',
      maxAge: SESSION_LIFE / SECOND,
      httpOnly: true,
      sameSite: 'strict',
      secure: this.config.http.publicUrl.startsWith('https:'),
    });
  }
}

const cookieOf = (request: FastifyRequest): string => parseCookie(request.headers.cookie ?? '')[COOKIE] ?? '';

const accepted = (request: FastifyRequest): MyLanguage => myLanguageOf(request.headers['accept-language']);

/** A form on somebody else's page cannot press our buttons (Fetch Metadata); the cookie is SameSite=Strict besides. */
function fromOwnPage(request: FastifyRequest): void {
  const site = request.headers['sec-fetch-site'];
  if (site === undefined || site === 'same-origin' || site === 'none') return;
  throw new AppError('FORBIDDEN', { detail: 'This comes from another page.' });
}
