import { type CanActivate, type ExecutionContext, Injectable, UnauthorizedException } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { FastifyRequest } from 'fastify';
import { type Repository } from 'typeorm';
import type { Actor } from '../../../src/contracts/actor';
import { hashApiKey } from '../../../src/platform/auth/api-key';
import { ClientKeyEntity } from './entities';

/** Looks the key up for each request, because a revocation must bind the next one. */
@Injectable()
export class KeyGuard implements CanActivate {
  constructor(@InjectRepository(ClientKeyEntity) private readonly keys: Repository<ClientKeyEntity>) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<FastifyRequest & { asker?: Actor }>();
    const token = request.headers.authorization?.replace(/^Bearer +/i, '');
    if (token === undefined) throw new UnauthorizedException();
    const key = await this.keys
      .createQueryBuilder('key')
      .innerJoinAndSelect('key.client', 'client', `client.state = 'active'`)
      .where('key.hash = :hash', { hash: hashApiKey(token) })
      .getOne();
    if (key === null || (key.expiresAt !== null && key.expiresAt.getTime() <= Date.now())) {
      throw new UnauthorizedException();
    }
    const { id, name, kind, roles, vendorId } = key.client;
    if (!roles.includes('dialer')) throw new UnauthorizedException();
    request.asker = {
      clientId: id,
      name,
      kind,
      roles: roles as Actor['roles'],
      ...(vendorId === null ? {} : { vendorId }),
    };
    return true;
  }
}
