/* The worker of one gift: it keeps that gift's page, once its code was shown, and opens it without a network. */

const path = new URL(self.registration.scope).pathname;
const PATIENCE = 4000; // of a line with one bar, where something is kept

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", event => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", event => {
  const { request } = event;
  if (request.mode === "navigate") event.respondWith(opened(request));
  else if (/^\/(static|pictures)\//.test(new URL(request.url).pathname)) event.respondWith(asset(request));
});

async function opened(request) {
  const page = await kept();
  const answer = fetch(request);
  if (!page) return answer;
  const answered = answer.then(response => response.status < 500 ? response : page); // a server in trouble is no better than none
  const late = new Promise(resolve => setTimeout(resolve, PATIENCE, page));
  return Promise.race([answered, late]).catch(() => page);
}

async function kept() {
  const page = await (await caches.open(path)).match(path);
  if (page && Date.now() < Number(page.headers.get("X-Ends"))) return page;
  if (page) await caches.delete(path);
  return undefined;
}

async function asset(request) {
  return await caches.match(request) ?? fetch(request);
}
