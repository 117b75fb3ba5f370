/* Gift pages: all of this is comfort. Without it each page works by its links and forms. */

const page = document.querySelector("main");
const { path = location.pathname, state, wait, ends, worker } = page.dataset;
const over = page.hasAttribute("data-over");
const pause = seconds => new Promise(resolve => setTimeout(resolve, seconds * 1000));

/* A form shows a code, or why it was refused. Its page becomes one that was asked for by an address, that of the gift, so
   that neither a reload nor a way back sends the form again. */
if (!worker || location.pathname !== path) history.replaceState(null, "", worker ? path : location.href);

/* A page that can be asked for again soon does it by itself. */
if (wait) setTimeout(() => location.reload(), Number(wait) * 1000);

if (state === "code shown") {
  stayAwake();
  document.addEventListener("visibilitychange", stayAwake);
  if (!page.dataset.kept) keep().catch(() => {});
}
if (over) drop();
if (page.dataset.ticket && !over) watch(page.dataset.ticket);
if (page.hasAttribute("data-unopened")) noteOpening();
const places = document.getElementById("places");
if (places?.dataset.near && "geolocation" in navigator) offerNearest();

/* Without a network a form would lead to a page of the browser's own, away from the gift. */
const loadedAt = Date.now();
document.addEventListener("submit", event => {
  const notice = document.getElementById("offline");
  if (navigator.onLine || !notice) return;
  event.preventDefault();
  if (notice.hidden) tellOffline(loadedAt);
  notice.scrollIntoView({ block: "nearest" });
});

/* The screen stays awake while a code is on it. */
async function stayAwake() {
  if (document.visibilityState !== "visible") return;
  try { await navigator.wakeLock.request("screen"); } catch { /* not here, or the battery is low */ }
}

/* A person opened the gift: programs that follow links neither tap, scroll nor stay. */
function noteOpening() {
  const acts = ["pointerdown", "keydown", "scroll", "touchstart"];
  let timer;
  const stay = () => { clearTimeout(timer); timer = setTimeout(open, 5000); };
  acts.forEach(act => addEventListener(act, open, { passive: true }));
  document.addEventListener("visibilitychange", stay);
  stay();
  function open() {
    if (document.visibilityState !== "visible") return;
    clearTimeout(timer);
    document.removeEventListener("visibilitychange", stay);
    acts.forEach(act => removeEventListener(act, open));
    fetch(`${path}/view`, { method: "POST", keepalive: true }).catch(() => {});
  }
}

/* News: the server answers once the gift has changed. A page that is hidden does not ask. Without a code on it, the first
   question waits until the page is there: tools take a page for loaded once no answer is due for a second. */
async function watch(ticket) {
  let askedAt = Date.now(), failures = 0;
  if (state !== "code shown") {
    if (document.readyState !== "complete") await new Promise(resolve => addEventListener("load", resolve, { once: true }));
    await pause(1.1);
  }
  for (;;) {
    while (document.visibilityState !== "visible") await pause(1);
    try {
      const answer = await fetch(`/live/${ticket}`);
      if (!answer.ok) throw answer;
      if (answer.status === 200) ticket = await refresh() ?? ticket;
      askedAt = Date.now();
      failures = 0;
      tellOffline(null);
    } catch {
      failures += 1;
      if (failures > 1) tellOffline(page.dataset.kept ? Number(page.dataset.kept) : askedAt);
      await pause(Math.min(2 ** failures, 30) * (.75 + Math.random() / 2));
    }
  }
}

/* Show the gift anew if it is over. A code stays where it is while it can be used, and while the server is in trouble. */
async function refresh() {
  const answer = await fetch(path);
  if (answer.status === 429 || answer.status >= 500) throw answer;
  const newPage = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("main");
  const changed = newPage.dataset.state !== state && !(state === "code shown" && ["waiting", "claimed"].includes(newPage.dataset.state));
  if (changed) {
    if (newPage.hasAttribute("data-over")) await drop();
    location.replace(path);
    await pause(60);
  }
  return newPage.dataset.ticket;
}

function tellOffline(since) {
  const notice = document.getElementById("offline");
  notice.hidden = since === null;
  if (since !== null) notice.querySelector("time").textContent = moment(since);
}

function moment(at) {
  return new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" }).format(at);
}

/* Keep this page, as it is now, for a time without a network: the worker opens it by the gift's address. */
async function keep() {
  await navigator.serviceWorker.register(worker, { scope: path });
  const { headers } = await fetch(path, { method: "HEAD" });
  const copy = document.documentElement.cloneNode(true);
  copy.querySelector("main").dataset.kept = Date.now();
  const notice = copy.querySelector("#offline");
  notice.hidden = false;
  notice.querySelector("time").textContent = moment(Date.now());
  const cache = await caches.open(path);
  const keptHeaders = { "Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": headers.get("Content-Security-Policy"), "X-Ends": ends };
  await cache.put(path, new Response(`<!doctype html>${copy.outerHTML}`, { headers: keptHeaders }));
  await cache.addAll([...document.querySelectorAll("script[src], link[href^='/static/'], img[src^='/pictures/']")].map(each => each.src ?? each.href));
}

async function drop() {
  if (!("serviceWorker" in navigator)) return;
  await caches.delete(path);
  const registration = await navigator.serviceWorker.getRegistration(path);
  if (registration?.scope === location.origin + path) await registration.unregister();
}

/* Places: nearest first, once the reader allows it. */
function offerNearest() {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button plain near";
  button.textContent = places.dataset.near;
  button.addEventListener("click", () => navigator.geolocation.getCurrentPosition(showNearest, stayByTown));
  (places.querySelector("h2 + p") ?? places.querySelector("h2")).after(button);

  function stayByTown() {
    const words = document.createElement("p");
    words.className = "soft";
    words.role = "status";
    words.tabIndex = -1;
    words.textContent = places.dataset.nowhere;
    button.replaceWith(words);
    words.focus();
  }
}

async function showNearest({ coords }) {
  const all = places.hasAttribute("data-more") ? await otherPlaces() : places;
  const located = [...all.querySelectorAll("[data-latitude]")];
  const nearest = located.map(place => [kilometres(coords, place.dataset), place]).sort((a, b) => a[0] - b[0]);
  const list = document.createElement("ul");
  list.className = "places";
  for (const [far, place] of nearest.slice(0, 12)) {
    const town = place.closest("ul").previousElementSibling;
    const line = document.createElement("p");
    line.className = "soft";
    line.textContent = [town?.matches("h3") ? town.textContent : "", distance(far)].filter(Boolean).join(" · ");
    const copy = document.importNode(place, true);
    copy.firstElementChild.append(line);
    list.append(copy);
  }
  places.querySelectorAll("h3, ul, .near").forEach(each => each.remove());
  (places.querySelector("h2 + p") ?? places.querySelector("h2")).after(list);
  list.tabIndex = -1;
  list.focus();
}

async function otherPlaces() {
  const answer = await fetch(`${path}/places`);
  return new DOMParser().parseFromString(await answer.text(), "text/html");
}

function kilometres(from, to) {
  const radians = degrees => degrees * Math.PI / 180;
  const [south, north] = [radians(from.latitude), radians(Number(to.latitude))];
  const turn = radians(Number(to.longitude) - from.longitude);
  const part = Math.sin((north - south) / 2) ** 2 + Math.cos(south) * Math.cos(north) * Math.sin(turn / 2) ** 2;
  return 12742 * Math.asin(Math.sqrt(part));
}

function distance(far) {
  const digits = far < 10 ? 1 : 0;
  return new Intl.NumberFormat(document.documentElement.lang, { style: "unit", unit: "kilometer", maximumFractionDigits: digits }).format(far);
}
