/* The worker of a paired till: it keeps the till page and its files, and opens them without a network. */

const CACHE = "till", PAGE = "/till", PATIENCE_MILLISECONDS = 4000;

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", event => event.waitUntil(self.clients.claim().then(() => openPage(new Request(PAGE))).catch(() => {})));

self.addEventListener("fetch", event => {
  const { request } = event;
  const { pathname } = new URL(request.url);
  if (request.mode === "navigate" && request.method === "GET" && pathname === PAGE) event.respondWith(openPage(request));
  else if (request.mode === "navigate" && request.method === "POST" && pathname === "/till/scan") event.respondWith(fetch(request).catch(keptPage));
  else if (pathname.startsWith("/static/")) event.respondWith(asset(request));
});

/* The page as it is now, and kept; after a while without an answer, or where a proxy says that the server is away, as it was
   kept. A page that asks to sign in is kept by no till. */
async function openPage(request) {
  const networkAnswer = fetch(request.url, { credentials: "same-origin", headers: { Accept: "text/html" } }).then(keep);
  const usefulAnswer = networkAnswer.then(answer => answer.status < 500 ? answer : Promise.reject(answer));
  const timeout = new Promise((_, reject) => setTimeout(reject, PATIENCE_MILLISECONDS));
  return Promise.race([usefulAnswer, timeout]).catch(async () => await keptPage() ?? networkAnswer);
}

async function keep(answer) {
  const cache = await caches.open(CACHE);
  const text = await answer.clone().text();
  if (answer.ok && text.includes('id="queue"')) {
    await cache.put(PAGE, answer.clone());
    const files = [...text.matchAll(/(?:src|href)="(\/static\/[^"]+)"/g)].map(match => match[1]);
    for (const file of files) if (!await cache.match(file)) await cache.add(file);
  } else if (answer.ok) await cache.delete(PAGE);
  return answer;
}

async function keptPage() {
  return (await caches.open(CACHE)).match(PAGE);
}

async function asset(request) {
  return await (await caches.open(CACHE)).match(request) ?? fetch(request);
}
