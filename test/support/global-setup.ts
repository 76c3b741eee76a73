import { SERVER_DIRECTORY, SERVER_URL, startTestServer, type TestServer } from './test-server';

declare global {
  // Set-up and tear-down run in one process and share nothing else.
  var quietlineTestServer: TestServer | undefined;
}

/** One PostgreSQL a run, however many projects ask for it. */
export default async function globalSetup(): Promise<void> {
  if (globalThis.quietlineTestServer !== undefined) return;
  const started = await startTestServer();
  globalThis.quietlineTestServer = started;
  process.env[SERVER_URL] = JSON.stringify({
    owner: started.server.url,
    superuser: started.server.superuserUrl,
  });
  process.env[SERVER_DIRECTORY] = started.directory;
}
