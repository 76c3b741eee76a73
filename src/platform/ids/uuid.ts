const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * The one form in which the gateway writes ids (RFC 9562 section 4), and so the one it takes: ids are compared as texts,
 * and another spelling of the same id would be another id to whoever compares.
 */
export function isUuid(text: string): boolean {
  return UUID.test(text);
}
