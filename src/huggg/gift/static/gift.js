/* Gift pages: all of this is comfort. Without it each page works by its links and forms. */

const page = document.querySelector("main");
const { path, state, wait } = page.dataset;

/* A code is shown by a form. Its page gets the address of the gift, so that a reload sends no form again. */
if (state === "code shown") history.replaceState(null, "", path);

/* The screen stays awake while a code is on it. */
const stayAwake = async () => {
  if (document.visibilityState !== "visible") return;
  try { await navigator.wakeLock.request("screen"); } catch { /* not here, or the battery is low */ }
};
if (state === "code shown" && "wakeLock" in navigator) {
  stayAwake();
  document.addEventListener("visibilitychange", stayAwake);
}

/* A page that can be asked for again soon does it by itself. */
if (wait) setTimeout(() => location.reload(), Number(wait) * 1000);

/* Places: nearest first, once the reader allows it. */
const places = document.getElementById("places");
if (places?.dataset.near && "geolocation" in navigator) offerNearest();

function offerNearest() {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button plain near";
  button.textContent = places.dataset.near;
  button.addEventListener("click", () => navigator.geolocation.getCurrentPosition(showNearest, () => button.remove()));
  (places.querySelector("h2 + p") ?? places.querySelector("h2")).after(button);
}

async function showNearest({ coords }) {
  const all = places.hasAttribute("data-more") ? await otherPlaces() : places;
  const known = [...all.querySelectorAll("[data-latitude]")];
  const nearest = known.map(place => [kilometres(coords, place.dataset), place]).sort((a, b) => a[0] - b[0]);
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
  places.querySelector("h2").after(list);
  list.tabIndex = -1;
  list.focus();
}

async function otherPlaces() {
  const answer = await fetch(places.dataset.all);
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
