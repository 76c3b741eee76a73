import { Module, type NestModule } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyAdapter } from '@nestjs/platform-fastify';
import { PeopleModule } from '../people/people.module';
import { ReplyQueueModule } from '../sms/replies/reply-queue.module';
import { takeEmptyForms } from './form-bodies';
import { SendLink } from './links/send-link';
import { MyAccessRepository } from './my-access.repository';
import { MyAccessService } from './my-access.service';
import { MyController } from './my.controller';
import { MyPagesController } from './my-pages.controller';
import { MyTargets } from './my-targets';
import { MyViewReader } from './my-view.reader';
import { MyViewService } from './my-view.service';

/** The customer's own view (API.md, SHAPES "/my"). */
@Module({
  imports: [PeopleModule, ReplyQueueModule],
  controllers: [MyController, MyPagesController],
  providers: [MyAccessRepository, MyAccessService, MyTargets, MyViewReader, MyViewService, SendLink],
})
export class MyModule implements NestModule {
  constructor(private readonly host: HttpAdapterHost<FastifyAdapter>) {}

  /** Nest calls this when there is a server and before there is a route. */
  configure(): void {
    takeEmptyForms(this.host.httpAdapter.getInstance());
  }
}
