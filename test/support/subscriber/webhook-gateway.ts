import { serve } from '../../../src/main';
import { DEFAULT_WEBHOOK_OPTIONS, type WebhookOptions } from '../../../src/services/webhooks/webhook-options';
import { SUBSCRIBER_AUTHORITY } from './subscriber';

/** `quietline serve` that calls the port of its argument, too, and takes up quickly what a dead process had in hand. */
const port = Number(process.argv[2] ?? Number.NaN);
if (!Number.isSafeInteger(port)) throw new Error('Usage: webhook-gateway PORT');
const changed: Partial<WebhookOptions> = {
  ports: [port],
  authority: SUBSCRIBER_AUTHORITY,
  leaseMs: 3_100,
  timeoutMs: 3_000,
  stopMs: 500,
  pollMs: { busy: 5, idle: 20 },
};
Object.assign(DEFAULT_WEBHOOK_OPTIONS, changed);

serve().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
