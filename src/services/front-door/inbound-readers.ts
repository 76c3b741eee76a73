import { Inject, Injectable, type OnModuleInit, Optional } from '@nestjs/common';
import { INBOUND, type Inbound, type InboundReader } from '../../platform/bus/inbound';
import { CallRequests } from './topics/call-requests';
import { EffectReaders } from './effect-readers';

/** The readers of all inbound topics; they begin where there is a way in. */
@Injectable()
export class InboundReaders implements OnModuleInit {
  readonly all: readonly InboundReader[];

  constructor(
    requests: CallRequests,
    effects: EffectReaders,
    @Optional() @Inject(INBOUND) private readonly inbound?: Inbound,
  ) {
    this.all = [requests, ...effects.all];
  }

  onModuleInit(): void {
    for (const reader of this.all) this.inbound?.read(reader);
  }
}
