import { WEBHOOK_OPTIONS, type WebhookOptions } from '../../../src/services/webhooks/webhook-options';
import { type AppOverrides, startApp, type TestApp } from '../app';
import { expectStatus, type HttpCaller } from '../http';
import { eventually } from '../proofs/eventually';
import { optionsFor, Subscriber } from './subscriber';

export interface WebhookView {
  id: string;
  url: string;
  types: string[];
  state: string;
  disabledBecause?: string;
  heldUntil?: string;
  secrets: { id: string; createdAt: string; expiresAt?: string }[];
  counts: { pending: number; delivered: number; dead: number; failedAttempts: number };
  last?: { outcome: string; status?: number; at: string };
}

export interface DeliveryView {
  eventId: string;
  type: string;
  state: string;
  attempts: number;
  dueAt?: string;
  outcome?: string;
  status?: number;
}

export interface Made {
  id: string;
  secret: string;
}

/** A gateway, an officer, and subscribers that really listen. */
export class WebhookStage {
  private constructor(
    readonly app: TestApp,
    readonly officer: HttpCaller,
    readonly subscribers: readonly Subscriber[],
  ) {}

  static async open(
    names: readonly string[] = ['crm'],
    more: Partial<WebhookOptions> = {},
    overrides: AppOverrides = {},
  ): Promise<WebhookStage> {
    const subscribers = await Promise.all(names.map((name) => Subscriber.listen(name)));
    return WebhookStage.around(subscribers, more, overrides);
  }

  /** A stage for one test, closed however that ends. */
  static async during(
    work: (stage: WebhookStage) => Promise<void>,
    ...[names, more, overrides]: Parameters<typeof WebhookStage.open>
  ): Promise<void> {
    const stage = await WebhookStage.open(names, more, overrides);
    try {
      await work(stage);
    } finally {
      await stage.close();
    }
  }

  /** Another gateway for subscribers that listen already. */
  static async around(
    subscribers: readonly Subscriber[],
    more: Partial<WebhookOptions> = {},
    overrides: AppOverrides = {},
  ): Promise<WebhookStage> {
    const value = optionsFor(subscribers, more);
    const app = await startApp({ ...overrides, providers: [{ token: WEBHOOK_OPTIONS, value }] });
    const officer = await app.client(['compliance']);
    return new WebhookStage(app, officer, subscribers);
  }

  get subscriber(): Subscriber {
    const [first] = this.subscribers;
    if (first === undefined) throw new Error('This stage has no subscriber.');
    return first;
  }

  subscribe(url: string, types: readonly string[] = ['entity.changed.v1']): Promise<Made> {
    return expectStatus(201, this.officer.post<Made>('/v1/webhooks', { url, types }));
  }

  read(id: string): Promise<WebhookView> {
    return expectStatus(200, this.officer.get<WebhookView>(`/v1/webhooks/${id}`));
  }

  async deliveries(id: string, query = ''): Promise<DeliveryView[]> {
    const page = await expectStatus(
      200,
      this.officer.get<{ items: DeliveryView[] }>(`/v1/webhooks/${id}/deliveries${query}`),
    );
    return page.items;
  }

  /** An event that concerns nobody: `entity.changed.v1`. */
  async happen(name: string): Promise<void> {
    await expectStatus(201, this.officer.put(`/v1/entities/${name}`, { name }));
  }

  /** Waits until the webhook looks so. */
  until(what: string, id: string, looks: (webhook: WebhookView) => boolean): Promise<WebhookView> {
    return eventually(what, async () => {
      const webhook = await this.read(id);
      return looks(webhook) && webhook;
    });
  }

  async close(): Promise<void> {
    await this.app.close();
    await Promise.all(this.subscribers.map((subscriber) => subscriber.close()));
  }
}
