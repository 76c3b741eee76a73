/** A member that we do not know bears a name of the caller's, which may say anything: it stays sealed. */
export function pointerInClear(pointer: string): string {
  const known = /^(?:[A-Za-z_]{1,64}|\d{1,4})?$/;
  return pointer
    .split('/')
    .map((part) => (known.test(part) ? part : ''))
    .join('/');
}
