import { Body, Controller, HttpCode, Module, Post } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication, RouteSchema } from '@nestjs/platform-fastify';
import { compileValidator } from '../../src/platform/http/validation';
import { AuthorizeBody, DecisionAnswer } from '../../src/services/decisions/decisions.dto';
import { serveBench } from './served';

/** An answer of the gateway, as long as those it gives; the benchmark hands over a real one. */
const answer = JSON.parse(process.argv[2] ?? '{}') as DecisionAnswer;

/** Takes the same body, checks it by the same schema, writes an answer of the same shape and size, does nothing. */
@Controller('v1')
class EmptyController {
  @Post('calls/authorize')
  @HttpCode(200)
  @RouteSchema({ body: AuthorizeBody, response: { 200: DecisionAnswer } })
  authorize(@Body() _body: AuthorizeBody): Promise<DecisionAnswer> {
    return Promise.resolve(answer);
  }
}

@Module({ controllers: [EmptyController] })
class EmptyModule {}

async function main(): Promise<void> {
  const adapter = new FastifyAdapter();
  const app = await NestFactory.create<NestFastifyApplication>(EmptyModule, adapter, { logger: false });
  adapter.getInstance().setValidatorCompiler(compileValidator);
  await serveBench(app, {});
}

void main();
