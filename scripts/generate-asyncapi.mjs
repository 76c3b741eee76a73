/** `docs/asyncapi.json`: what a running gateway serves at /asyncapi.json where no variable says otherwise. */
import { load } from './typescript.mjs';

export function asyncApiText() {
  return `${JSON.stringify(load('src/platform/openapi/describe-topics').documentOfTopics({}), null, 2)}\n`;
}
