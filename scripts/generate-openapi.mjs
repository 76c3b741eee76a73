/** `docs/openapi.json`: what a running gateway serves at /openapi.json. */
import { load } from './typescript.mjs';

export async function openApiDocument(databaseUrl, dataDir) {
  const { AppModule } = load('src/app.module');
  const { loadConfig } = load('src/config/load-config');
  const { createHttpApp } = load('src/platform/http/http-app');
  const { createLogger } = load('src/platform/observability/logger');
  const log = createLogger('warn');
  const config = loadConfig({ DATABASE_URL: databaseUrl, DATA_DIR: dataDir });
  const app = await createHttpApp(AppModule.forRoot({ config, databaseUrl, log }), log);
  try {
    await app.init();
    const server = app.getHttpAdapter().getInstance();
    await server.ready();
    return `${JSON.stringify(server.swagger(), null, 2)}\n`;
  } finally {
    await app.close();
  }
}
