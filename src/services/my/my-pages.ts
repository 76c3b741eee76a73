import { createHash } from 'node:crypto';
import { writeInstant } from '../../platform/http/instants';
import { Html, html } from './html';
import { dayOf, minuteOf, type MyLanguage, textsOf } from './my-texts';
import type { MyCall, MyView, MyWish } from './my-view.service';

/** Readable on a phone, in the dark and in large type; nothing moves, nothing is loaded. */
const STYLE = `
:root{color-scheme:light dark;--ink:#1a1a1a;--page:#fff;--line:#767676;--act:#a3001e;--act-ink:#fff}
@media(prefers-color-scheme:dark){:root{--ink:#f2f2f2;--page:#141414;--line:#9a9a9a;--act:#ff8a98;--act-ink:#141414}}
body{margin:0 auto;max-width:40rem;padding:1rem;font:1.0625rem/1.6 system-ui,sans-serif;color:var(--ink);background:var(--page)}
h1{font-size:1.5rem}h2{font-size:1.2rem;margin-top:2rem}
ul{list-style:none;padding:0}li{border-top:1px solid var(--line);padding:.75rem 0}
li p{margin:.2rem 0}.who{font-weight:600}
button,.button{font:inherit;font-weight:600;min-height:3rem;width:100%;padding:.75rem 1rem;border:2px solid var(--act);border-radius:.5rem;background:var(--act);color:var(--act-ink)}
button:focus-visible,a:focus-visible{outline:3px solid var(--ink);outline-offset:3px}a{color:inherit}
.done{border:2px solid var(--ink);border-radius:.5rem;padding:0 1rem}`;

/** No script at all, this one style, forms to ourselves only, in nobody's frame. */
export const PAGE_HEADERS: Readonly<Record<string, string>> = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'`,
  'cache-control': 'no-store',
  // The address holds the secret of the link.
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-robots-tag': 'noindex, nofollow',
};

/** One button; the link is used up by pressing it and by nothing else. */
export function linkPage(language: MyLanguage, secret: string): string {
  const { title, open } = textsOf(language);
  return pageOf(
    language,
    title,
    html`<p>${open.lead}</p>
      <form method="post" action="/my/${secret}"><button type="submit">${open.button}</button></form>`,
  );
}

/** The same for whatever is not open, so that nobody learns whether a link ever was. */
export function gonePage(language: MyLanguage): string {
  const { gone } = textsOf(language);
  return pageOf(language, gone.title, html`<p>${gone.lead}</p>`);
}

export function busyPage(language: MyLanguage): string {
  const { busy } = textsOf(language);
  return pageOf(language, busy.title, html`<p>${busy.lead}</p>`);
}

export interface Stopped {
  confirmation: string;
  receiptId: string;
}

export function viewPage(view: MyView, stopped?: Stopped): string {
  const { language } = view;
  const texts = textsOf(language);
  return pageOf(
    language,
    texts.title,
    html`${stopped === undefined ? undefined : doneOf(language, stopped)}
      <h2>${texts.calls.title}</h2>
      ${
        view.calls.length === 0
          ? html`<p>${texts.calls.none}</p>`
          : html`<ul>
              ${view.calls.map((call) => callOf(language, call))}
            </ul>`
      }
      ${view.next === undefined ? undefined : html`<p><a href="/my?before=${view.next}">${texts.calls.more}</a></p>`}
      <h2>${texts.wishes.title}</h2>
      ${
        view.wishes.length === 0
          ? html`<p>${texts.wishes.none}</p>`
          : html`<ul>
              ${view.wishes.map((wish) => wishOf(language, wish))}
            </ul>`
      }
      <h2>${texts.stop.title}</h2>
      <p id="stop-lead">${texts.stop.lead}</p>
      <form method="post" action="/my/stop">
        <button type="submit" aria-describedby="stop-lead">${texts.stop.button}</button>
      </form>`,
  );
}

function doneOf(language: MyLanguage, { confirmation, receiptId }: Stopped): Html {
  const { done } = textsOf(language);
  return html`<section class="done" role="status">
    <h2>${done.title}</h2>
    <p>${confirmation}</p>
    <p>${done.receipt}: ${receiptId}</p>
  </section>`;
}

function callOf(language: MyLanguage, call: MyCall): Html {
  const texts = textsOf(language);
  const purpose = texts.purposes[call.purpose as keyof typeof texts.purposes];
  return html`<li>
    <p class="who">${texts.by(call.entity, purpose)}</p>
    <p>
      <time datetime="${writeInstant(call.at)}">${minuteOf(call.at, language)}</time>
      (${texts.states[call.state] ?? call.state})
    </p>
    ${call.why.map((sentence) => html`<p>${sentence}</p>`)}
  </li>`;
}

function wishOf(language: MyLanguage, { since, whole }: MyWish): Html {
  const { wishes } = textsOf(language);
  const day = dayOf(since, language);
  return html`<li><p>${whole ? wishes.whole(day) : wishes.part(day)}</p></li>`;
}

function pageOf(language: MyLanguage, title: string, body: Html): string {
  return html`<!doctype html>
    <html lang="${language}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title}</title>
        <style>
          ${new Html(STYLE)}
        </style>
      </head>
      <body>
        <main>
          <h1>${title}</h1>
          ${body}
        </main>
      </body>
    </html> `.text;
}
