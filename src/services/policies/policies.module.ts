import { Module } from '@nestjs/common';
import { PoliciesController } from './policies.controller';
import { PolicyStore } from './policy-store';

@Module({ controllers: [PoliciesController], providers: [PolicyStore], exports: [PolicyStore] })
export class PoliciesModule {}
