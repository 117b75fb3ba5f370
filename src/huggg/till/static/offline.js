/* A paired till without a network: it accepts offline codes, keeps each scan, and sends it until it is answered. */

const OfflineTill = (() => {
  const queue = document.getElementById("queue"), lostNotice = document.getElementById("lost");
  const DAYS_KEPT = 31, ROUND_MILLISECONDS = 20000, RETRY_MILLISECONDS = 3000, PATIENCE_MILLISECONDS = 8000, STAFF_SYMBOLS = 100;
  let kit = null, answered = true;

  /* Whether the server can be reached. An answer that was under way when the network was cut is no network. */
  const isReachable = () => answered && navigator.onLine;

  /* The store: scans by their ids, and the kit of the last refresh. A scan is on the disk before it is answered. */
  const database = new Promise((resolve, reject) => {
    const openRequest = indexedDB.open("huggg-till", 1);
    openRequest.onupgradeneeded = () => {
      const scans = openRequest.result.createObjectStore("scans", { keyPath: "id" });
      scans.createIndex("huggg", "huggg");
      scans.createIndex("state", "state");
      openRequest.result.createObjectStore("kit");
    };
    openRequest.onsuccess = () => resolve(openRequest.result);
    openRequest.onerror = () => reject(openRequest.error);
  });

  function resultOf(request) {
    return new Promise((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
  }

  async function store(name, mode = "readonly") {
    return (await database).transaction(name, mode, { durability: "strict" }).objectStore(name);
  }

  const inState = async state => resultOf((await store("scans")).index("state").getAll(state));
  const write = async (name, ...values) => resultOf((await store(name, "readwrite")).put(...values));

  /* Accept: the code is proved first, and then one transaction judges the allowance and keeps the scan, so that two
     windows of a till never accept one gift twice, nor more than the rule allows. */
  async function accept(text, id) {
    if (!kit?.rule) return { reason: OfflineCode.beyond(null) };
    const now = Date.now() + kit.offset;
    let facts;
    try { facts = await OfflineCode.read(text, kit.keys); } catch { return { reason: "This browser cannot prove offline codes." }; }
    const reason = await OfflineCode.refusal(facts, kit, now);
    if (reason) return { reason };
    const scan = {
      id, code: text, huggg: facts.huggg, value: facts.value, state: "waiting",
      scanned_at: new Date(now).toISOString(), refreshed_at: new Date(Math.min(kit.refreshed, now)).toISOString(),
      staff: [...queue.dataset.staff].slice(0, STAFF_SYMBOLS).join("") || undefined, location_id: queue.dataset.location,
    };
    const transaction = (await database).transaction("scans", "readwrite", { durability: "strict" });
    const scans = transaction.objectStore("scans");
    const completed = new Promise((resolve, reject) => { transaction.oncomplete = resolve; transaction.onabort = () => reject(transaction.error); });
    const [before, waiting] = await Promise.all([resultOf(scans.index("huggg").count(facts.huggg)), resultOf(scans.index("state").getAll("waiting"))]);
    const objection = before ? "This till accepted this gift before." : OfflineCode.beyond(kit.rule, waiting, facts.value, now - kit.refreshed);
    if (!objection) scans.add(scan);
    await completed;
    return objection ? { reason: objection } : { scan, product: kit.products.find(each => each.name === facts.product) };
  }

  /* Send the scans that wait, in the order of the scans, one after the other, from one window at a time. */
  function send() {
    return navigator.locks.request("huggg-till-send", { ifAvailable: true }, async lock => {
      if (!lock) return;
      const waiting = (await inState("waiting")).sort((one, other) => one.scanned_at < other.scanned_at ? -1 : 1);
      let arrived = 0;
      for (const scan of waiting) { if (!await deliver(scan)) break; arrived += 1; }
      await show();
      if (arrived) await renewTotals();
    });
  }

  async function deliver(scan) {
    const { code, location_id, scanned_at, refreshed_at, staff } = scan;
    let answer, body = {};
    try {
      answer = await fetch(`/till/offline/scans/${scan.id}`, {
        method: "PUT", body: JSON.stringify({ code, location_id, scanned_at, refreshed_at, staff }),
        headers: { "Accept": "application/json", "Content-Type": "application/json" }, signal: AbortSignal.timeout(PATIENCE_MILLISECONDS),
      });
      body = await answer.json();
    } catch {
      if (!answer) return false;
    }
    if (answer.status === 201 && body.data) await write("scans", { ...scan, state: body.data.state, reason: body.data.reason });
    else if (answer.status === 422) await write("scans", { ...scan, state: "refused", reason: body.error ?? "" });
    else return false;  // it is sent again
    return true;
  }

  /* The totals of the day count the scans that were sent. A failure leaves them as they are until the next answer. */
  async function renewTotals() {
    try {
      const answer = await fetch("/till", { headers: { Accept: "text/html" }, signal: AbortSignal.timeout(PATIENCE_MILLISECONDS) });
      const totals = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector(".today");
      if (totals) document.querySelector(".today").replaceWith(totals);  // none where the shift is over
    } catch { return; }
    Network.tell(isReachable());
  }

  /* Refresh the kit. Its times are the server's, because a device's clock may be wrong. */
  async function refresh() {
    try {
      const answer = await fetch("/till/offline/kit", { cache: "no-cache", signal: AbortSignal.timeout(PATIENCE_MILLISECONDS) });
      answered = answer.status < 500;  // a proxy whose server is away answers, too
      if (!answer.ok) return;
      const { data } = await answer.json();
      const refreshed = Date.parse(answer.headers.get("Date"));
      kit = { ...data, refreshed, offset: refreshed - Date.now() };
      await write("kit", kit, "kit");
    } catch { answered = false; }
  }

  async function forget() {
    const last = new Date(Date.now() - DAYS_KEPT * 86400000).toISOString();
    for (const state of ["redeemed", "conflict", "settled"]) {
      for (const scan of await inState(state)) if (scan.scanned_at < last) await resultOf((await store("scans", "readwrite")).delete(scan.id));
    }
  }

  /* Say plainly how many scans wait, and whether there is a network. */
  const pounds = pence => `£${(pence / 100).toFixed(2)}`;
  const gifts = (number, one, several) => number === 1 ? `1 gift ${one}` : `${number} gifts ${several}`;

  async function show() {
    const waiting = await inState("waiting"), refused = await inState("refused");
    const reachable = isReachable(), value = waiting.reduce((sum, each) => sum + each.value, 0);
    const texts = [];
    Network.tell(reachable);
    if (!reachable) texts.push(kit?.rule ? `No network. Scan the offline code of a gift: ${kit.rule.scans - waiting.length} more can be accepted.` : "No network. Nothing can be redeemed until it is back.");
    if (waiting.length) texts.push(`${gifts(waiting.length, "waits", "wait")} to be sent, worth ${pounds(value)}.`);
    if (refused.length) texts.push(`${gifts(refused.length, "was", "were")} refused, and will not be sent again. Tell a manager: ${refused[0].reason}`);
    queue.hidden = !texts.length;
    queue.classList.toggle("bad", !reachable || refused.length > 0);
    queue.querySelector("p").textContent = texts.join(" ");
    queue.querySelector("button").hidden = !waiting.length;
  }

  function answerWith({ reason, scan, product }) {
    document.querySelector(".answer")?.remove();
    lostNotice.hidden = true;
    const box = document.createElement("section");
    box.className = `answer ${reason ? "bad" : "good"}`;
    box.dataset.outcome = reason ? "refused" : "accepted";
    box.setAttribute("role", reason ? "alert" : "status");
    const lines = reason
      ? [["h2", "Not accepted"], ["p", reason]]
      : [["h2", "Accepted without a network"], ["p", product?.label ?? "One gift"],
         ["p", `Ring up ${product?.adjustment_codes.join(" ") || "the product itself"}: ${pounds(scan.value)}`]];
    for (const [tag, text] of lines) {
      const line = document.createElement(tag);
      line.textContent = text;
      if (tag === "p") line.className = "big";
      box.append(line);
    }
    document.querySelector("h1").after(box);
    navigator.vibrate?.(reason ? [200, 100, 200] : 80);
  }

  /* A scan goes to the server where it can be reached, and is judged here where it cannot. Both go by the id of the form: a
     redemption whose answer was lost, and the offline scan that follows it, are one. */
  const scanForm = document.getElementById("scan");
  scanForm.elements.id.value = crypto.randomUUID();  // a kept page may have sent its own
  scanForm.addEventListener("submit", async event => {
    if (isReachable()) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const field = scanForm.elements.code, text = field.value.trim();
    if (!text.startsWith(OfflineCode.PREFIX)) {
      answerWith({ reason: "Without a network, scan the offline code: it is on the gift’s page, below “If the till has no network”." });
    } else {
      const answer = await accept(text, scanForm.elements.id.value).catch(() => ({ reason: "This till could not keep the scan, so it does not count." }));
      if (answer.scan) scanForm.elements.id.value = crypto.randomUUID();
      answerWith(answer);
      field.value = "";
      await show();
    }
  });

  async function round() {
    await refresh();
    await show();
    if (isReachable()) await send();
  }

  addEventListener("online", round);
  addEventListener("offline", () => { answered = false; show(); });
  queue.querySelector("button").addEventListener("click", round);
  document.querySelector('form[action="/till/session/end"]').addEventListener("submit", () => caches.delete("till"));

  (async () => {
    navigator.storage?.persist?.();
    navigator.serviceWorker?.register(queue.dataset.worker, { scope: "/till" });
    kit = await resultOf((await store("kit")).get("kit")) ?? null;
    await forget();
    await round();
    askAgain();
  })();

  /* A server that gave no answer is soon asked again: until it answers, only offline codes are taken. */
  function askAgain() {
    const pause = navigator.onLine && !answered ? RETRY_MILLISECONDS : ROUND_MILLISECONDS;
    setTimeout(() => round().finally(askAgain), pause * (.75 + Math.random() / 2));
  }

  /* An answer that does not come is told at once; whether the server can be reached is asked anew. */
  async function missAnswer() {
    lostNotice.hidden = false;
    await round();
  }

  return { inState, missAnswer, refresh, send, write, get kit() { return kit; } };
})();
