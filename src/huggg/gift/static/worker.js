/* The worker of one gift: it keeps that gift's page, once its code was shown, and opens it without a network. */

const path = new URL(self.registration.scope).pathname;
const PATIENCE_MILLISECONDS = 4000; // of a line with one bar, where something is kept

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", event => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", event => {
  const { request } = event;
  if (request.mode === "navigate") event.respondWith(openPage(request));
  else if (/^\/(static|pictures)\//.test(new URL(request.url).pathname)) event.respondWith(asset(request));
});

async function openPage(request) {
  const page = await keptPage();
  const answer = fetch(request);
  if (!page) return answer;
  const usefulAnswer = answer.then(response => response.status < 500 ? response : page); // a server in trouble is no better than none
  const timeout = new Promise(resolve => setTimeout(resolve, PATIENCE_MILLISECONDS, page));
  return Promise.race([usefulAnswer, timeout]).catch(() => page);
}

async function keptPage() {
  const page = await (await caches.open(path)).match(path);
  if (page && Date.now() < Number(page.headers.get("X-Ends"))) return page;
  if (page) await caches.delete(path);
  return undefined;
}

async function asset(request) {
  return await caches.match(request) ?? fetch(request);
}
