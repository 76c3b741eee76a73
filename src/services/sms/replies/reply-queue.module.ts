import { Module } from '@nestjs/common';
import { CustomerMessagesPort } from './customer-messages.port';
import { QueuedMessages } from './queued-messages';
import { ReplyQueue } from './reply-queue.repository';

/** What waits to be sent, without what sends it: that may be another process. */
@Module({
  providers: [ReplyQueue, QueuedMessages, { provide: CustomerMessagesPort, useExisting: QueuedMessages }],
  exports: [ReplyQueue, CustomerMessagesPort],
})
export class ReplyQueueModule {}
