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
import { SettingsCache } from '../settings/settings-cache';
import {
  CUSTOMER,
  isSecret,
  MyAccessService,
  SESSION_LIFE,
  USES_A_SESSION,
  VIEWS_A_SESSION,
} from './my-access.service';
import { isHttps, MyGate, requireOwnAddress } from './my-door';
import { LinkParams, PageQuery } from './my.dto';
import { busyPage, gonePage, linkPage, PAGE_HEADERS, type Stopped, viewPage } from './my-pages';
import { type MyLanguage, myLanguageOf } from './my-texts';
import { MyViewService } from './my-view.service';

const COOKIE = 'ql_my';
/** Of the pool, this part at most serves those whom nobody knows; the button has a part of its own. */
const SHARE = 1 / 5;
const FEWEST = 2;
const Page = Type.String({ description: 'A page of HTML.' });

/** The page behind a one-time link: usable without scripts, by keyboard, on a phone. */
@Controller('my')
export class MyPagesController {
  private readonly gate: MyGate;
  private readonly stopGate: MyGate;
  private readonly isHttps: boolean;

  constructor(
    private readonly access: MyAccessService,
    private readonly views: MyViewService,
    private readonly wishes: WishesPort,
    private readonly database: Database,
    private readonly settings: SettingsCache,
    @Inject(CONFIG) private readonly config: Config,
  ) {
    const most = Math.max(FEWEST, Math.floor(config.database.poolSize * SHARE));
    this.gate = new MyGate(most);
    this.stopGate = new MyGate(most);
    this.isHttps = isHttps(config.http.publicUrl);
  }

  /** Consumes nothing: previews of messages open every link (SHAPES, "/my"). */
  @Get(':link')
  @RouteSchema({ params: LinkParams, response: { 200: Page } })
  async look(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Param('link') secret: string,
  ): Promise<string> {
    return this.open(request, reply, this.gate, secret, async () => {
      const link = await this.access.peek(secret);
      return link === undefined ? undefined : linkPage(myLanguageOf(link.language), secret);
    });
  }

  @Post('stop')
  @HttpCode(200)
  @RouteSchema({ response: { 200: Page } })
  async stop(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    fromOwnPage(request);
    const secret = this.cookieOf(request);
    return this.open(request, reply, this.stopGate, secret, () =>
      this.database.transaction(async (tx) => {
        const session = await this.access.session(tx, secret, USES_A_SESSION);
        if (session === undefined) return undefined;
        const { confirmation, receiptId } = await this.wishes.recordWish(tx, {
          target: { subjectId: session.subjectId },
          source: 'customer',
          reason: 'Pressed the button on the own page.',
          actor: CUSTOMER,
        });
        return this.shown(tx, session, { stopped: { confirmation, receiptId } });
      }),
    );
  }

  @Post(':link')
  @HttpCode(303)
  @RouteSchema({ params: LinkParams, response: { 303: Type.String() } })
  async press(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Param('link') secret: string,
  ): Promise<string> {
    fromOwnPage(request);
    requireOwnAddress(this.config.http.publicUrl, request);
    return this.open(request, reply, this.gate, secret, async () => {
      const session = await this.access.open(secret);
      if (session === undefined) return undefined;
      void reply.headers({ location: '/my', 'set-cookie': this.cookie(session) });
      return '';
    });
  }

  @Get()
  @RouteSchema({ querystring: PageQuery, response: { 200: Page } })
  async view(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Query() { before }: PageQuery,
  ): Promise<string> {
    const secret = this.cookieOf(request);
    return this.open(request, reply, this.gate, secret, () =>
      this.database.transaction(async (tx) => {
        const session = await this.access.session(tx, secret, VIEWS_A_SESSION);
        return session === undefined
          ? undefined
          : this.shown(tx, session, before === undefined ? {} : { before });
      }),
    );
  }

  /** Undefined is a page that is not open. What is no secret at all never reaches the database. */
  private async open(
    request: FastifyRequest,
    reply: FastifyReply,
    gate: MyGate,
    secret: string,
    work: () => Promise<string | undefined>,
  ): Promise<string> {
    if (!isSecret(secret)) return this.gone(request, reply);
    try {
      // Who holds a link has no key, so nothing else here has asked what the institution has set up by now.
      const entered = await gate.enter(async () => {
        await this.settings.fresh();
        return work();
      });
      if (entered === undefined) return this.busy(request, reply);
      return entered.done === undefined ? this.gone(request, reply) : this.page(reply, entered.done);
    } catch (error) {
      if (error instanceof AppError && error.code === 'RATE_LIMITED') return this.busy(request, reply);
      throw error;
    }
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

  private busy(request: FastifyRequest, reply: FastifyReply): string {
    void reply.code(429).header('retry-after', '5');
    return this.page(reply, busyPage(accepted(request)));
  }

  /** By https under a name that no other host of the same domain can write (RFC 6265bis, "__Host-"). */
  private cookie(session: string): string {
    return stringifySetCookie({
      name: this.cookieName(),
      value: session,
      path: this.isHttps ? '/' : '/my',
      maxAge: SESSION_LIFE / SECOND,
      httpOnly: true,
      sameSite: 'strict',
      secure: this.isHttps,
    });
  }

  private cookieOf(request: FastifyRequest): string {
    return parseCookie(request.headers.cookie ?? '')[this.cookieName()] ?? '';
  }

  private cookieName(): string {
    return this.isHttps ? `__Host-${COOKIE}` : COOKIE;
  }
}

const accepted = (request: FastifyRequest): MyLanguage => myLanguageOf(request.headers['accept-language']);

/** A form on somebody else's page cannot press our buttons (Fetch Metadata); the cookie is SameSite=Strict besides. */
function fromOwnPage(request: FastifyRequest): void {
  const site = request.headers['sec-fetch-site'];
  if (site === undefined || site === 'same-origin' || site === 'none') return;
  throw new AppError('FORBIDDEN', { detail: 'This comes from another page.' });
}
