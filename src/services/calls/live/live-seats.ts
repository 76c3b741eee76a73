import { AppError } from '../../../contracts/app-error';

/** A voice, its dialer, and both once more while a broken connection is not known to be one. */
const MOST_OF_A_CALL = 4;
/** Four times what a large dialer talks at once. */
const MOST_OF_A_CLIENT = 2_000;
/** Of this process: each may hold some hundred KiB of frames that wait. */
const MOST_IN_ALL = 5_000;

/** How many live connections there may be. A seat is taken before the upgrade, so that its refusal is a problem. */
export class LiveSeats {
  private readonly taken = new Map<string, number>();

  /** Returns what gives the seat back, once. @throws AppError RATE_LIMITED */
  take(callId: string, clientId: string): () => void {
    const seats: readonly (readonly [string, number, string])[] = [
      [`call/${callId}`, MOST_OF_A_CALL, `A call has at most ${MOST_OF_A_CALL} live connections.`],
      [`client/${clientId}`, MOST_OF_A_CLIENT, `A client has at most ${MOST_OF_A_CLIENT} live connections.`],
      ['all', MOST_IN_ALL, 'This gateway holds no more live connections now.'],
    ];
    for (const [name, most, detail] of seats) {
      if (this.countOf(name) < most) continue;
      throw new AppError('RATE_LIMITED', { detail, members: { retryAfter: 5 } });
    }
    for (const [name] of seats) this.taken.set(name, this.countOf(name) + 1);
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      for (const [name] of seats) this.giveBack(name);
    };
  }

  private countOf(name: string): number {
    return this.taken.get(name) ?? 0;
  }

  private giveBack(name: string): void {
    const left = this.countOf(name) - 1;
    if (left > 0) this.taken.set(name, left);
    else this.taken.delete(name);
  }
}
