import type { Monitor } from '../../domain/monitoring/monitor';
import shipped from './monitors.json';

/** JSON modules have no literal types; `monitors.schema.json` vouches for these shapes. */
export const SHIPPED_MONITORS = shipped as unknown as readonly Monitor[];
