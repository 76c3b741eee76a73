export const ROLES = ['dialer', 'marketing', 'care', 'compliance', 'auditor', 'carrier', 'admin'] as const;
export type Role = (typeof ROLES)[number];

/** Who is asking: the client behind a key, or the person behind an identity provider's token. */
export interface Actor {
  clientId: string;
  name: string;
  kind: 'system' | 'person';
  roles: readonly Role[];
  /** Bound to this vendor: its campaigns and calls only, coarse reasons only. */
  vendorId?: string;
  /** Stands for a door of the product itself and not for a client of somebody's: it has no key that could be revoked. */
  builtIn?: true;
}

export const hasRole = (actor: Actor, ...roles: readonly Role[]): boolean =>
  roles.some((role) => actor.roles.includes(role));
