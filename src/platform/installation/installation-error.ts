/** This process must not serve this database; the message is one line that an operator can act on. */
export class InstallationError extends Error {
  override readonly name = 'InstallationError';
}
