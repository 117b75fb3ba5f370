/* The till: all of this is comfort. Without it each page works by its links and forms. */

const form = document.getElementById("scan");
const code = document.getElementById("code");
const offlineNotice = document.getElementById("offline");
const lostNotice = document.getElementById("lost");  // of a paired till

/* A reload of an answer shows the till, and sends no form again. */
if (location.pathname !== "/till") history.replaceState(null, "", "/till");

/* A scanner types faster than people do, ends with Enter, and needs no focus. */
const KEY_MILLISECONDS = 80, TURN_MILLISECONDS = 1500, PATIENCE_MILLISECONDS = 8000;
let typedText = "", lastKeyAt = 0;
document.addEventListener("keydown", event => {
  if (event.target.matches("input, select, textarea")) return;
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  const now = performance.now();
  if (now - lastKeyAt > KEY_MILLISECONDS) typedText = "";
  lastKeyAt = now;
  if (event.key === "Enter" && typedText.length >= 4) { event.preventDefault(); submit(typedText); typedText = ""; }
  else if (event.key.length === 1) {
    if (event.key === " " ? typedText : "/'".includes(event.key)) event.preventDefault();  // a space presses a button, the others open a search
    typedText += event.key;
  }
});

/* A code that is scanned while an answer is awaited waits for its turn. */
const waitingCodes = [];
let isAwaiting = false;
function submit(text) {
  if (isAwaiting) { waitingCodes.push(text); return; }
  code.value = text;
  if (form.reportValidity()) form.requestSubmit();
}

/* The answer is taken into this page: a browser shows it sooner than a new page. A scan whose answer is lost keeps
   its id and its code, so that sending it again redeems once; an error of the server counts as none. An answer without a till is shown as the page that it is. */
form.addEventListener("submit", async event => {
  event.preventDefault();
  if (isAwaiting || !navigator.onLine) { showNetwork(); return; }
  isAwaiting = true;
  for (const old of document.querySelectorAll(ANSWERS)) old.remove();  // it is about the gift before
  try {
    const body = new URLSearchParams(new FormData(form));
    const signal = AbortSignal.timeout(PATIENCE_MILLISECONDS);  // a dead network is silent for minutes
    const response = await fetch(form.action, { method: "POST", body, signal, headers: { Accept: "text/html" } });
    if (response.status >= 500) throw new Error(response.statusText);
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    if (response.redirected) location.assign(response.url);
    else if (page.getElementById("scan")) takeAnswer(page, response.ok);
    else form.submit();
  } catch { missAnswer(); waitingCodes.length = 0; }
  finally { isAwaiting = false; }
  if (waitingCodes.length) setTimeout(() => submit(waitingCodes.shift()), TURN_MILLISECONDS);
});

const ANSWERS = "main > .answer, main > .notice:not([id])";
function takeAnswer(page, isAnswer) {
  form.before(...page.querySelectorAll(ANSWERS));
  form.elements.id.value = page.getElementById("scan").elements.id.value;
  for (const part of [".today", "#signed-in"]) document.querySelector(part).replaceWith(page.querySelector(part));
  if (lostNotice) document.getElementById("queue").dataset.staff = page.getElementById("queue").dataset.staff;  // another tab may sign others in
  if (isAnswer) code.value = form.elements.reference.value = "";
  offlineNotice.hidden = true;
  if (lostNotice) lostNotice.hidden = true;
  react();
  const answer = document.querySelector(ANSWERS);
  if (answer) { answer.tabIndex = -1; answer.focus(); }  // it is read out, and scrolled to
}

/* The network, said plainly. */
function missAnswer() {
  if (lostNotice) OfflineTill.missAnswer();
  else offlineNotice.hidden = false;
}
function showNetwork() {
  if (lostNotice) return;  // a paired till shows it itself
  offlineNotice.hidden = navigator.onLine;
  Network.tell(navigator.onLine);
}
addEventListener("online", showNetwork);
addEventListener("offline", showNetwork);
showNetwork();

/* One tone for yes, two low ones for no; a phone also shakes. Undo is offered as long as it works. */
function react() {
  const answer = document.querySelector(".answer"), undo = answer?.querySelector("form");
  if (undo) setTimeout(() => undo.remove(), Number(undo.dataset.seconds) * 1000);
  if (answer) setTimeout(() => sound(answer.dataset.outcome !== "refused"));  // once it is painted
}

let audio = null;
function sound(isGood) {
  navigator.vibrate?.(isGood ? 80 : [200, 100, 200]);
  try {
    audio ??= new AudioContext();
    for (const [start, pitch] of isGood ? [[0, 880]] : [[0, 220], [.25, 220]]) {
      const tone = audio.createOscillator();
      tone.frequency.value = pitch;
      tone.connect(audio.destination);
      tone.start(audio.currentTime + start);
      tone.stop(audio.currentTime + start + .15);
    }
  } catch { /* no sound here */ }
}
react();

/* The camera: the browser reads the code where it can, and else the server reads the frame. */
const camera = document.getElementById("camera");
const view = document.getElementById("view");
if (navigator.mediaDevices?.getUserMedia) {
  camera.hidden = false;
  camera.addEventListener("click", watch);
}

async function watch() {
  try {
    view.srcObject = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
  } catch { camera.textContent = "No camera"; camera.disabled = true; return; }
  view.hidden = false;
  camera.hidden = true;
  await view.play();
  const read = await reader();
  while (!isAwaiting) {
    const text = await read().catch(() => "");
    if (text) {
      view.srcObject.getTracks().forEach(track => track.stop());
      view.hidden = true;
      camera.hidden = false;
      submit(text);
      return;
    }
    await new Promise(resolve => setTimeout(resolve, 200));
  }
}

async function reader() {
  const kinds = await globalThis.BarcodeDetector?.getSupportedFormats?.() ?? [];
  if (kinds.includes("qr_code")) {
    const detector = new BarcodeDetector();
    return async () => (await detector.detect(view))[0]?.rawValue ?? "";
  }
  const canvas = document.createElement("canvas");
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  return async () => {
    const width = Math.min(640, view.videoWidth), height = Math.round(width * view.videoHeight / view.videoWidth);
    canvas.width = width;
    canvas.height = height;
    pen.drawImage(view, 0, 0, width, height);
    const { data } = pen.getImageData(0, 0, width, height);
    const grey = new Uint8Array(width * height);
    for (let i = 0; i < grey.length; i += 1) grey[i] = (data[4 * i] + 2 * data[4 * i + 1] + data[4 * i + 2]) >> 2;
    const response = await fetch(`/till/frame?width=${width}`, { method: "POST", body: grey });
    return response.ok ? (await response.json()).text : "";
  };
}
