/* The till: all of this is comfort. Without it each page works by its links and forms. */

const form = document.getElementById("scan");
const code = document.getElementById("code");
const answer = document.querySelector(".answer");

/* A reload of an answer shows the till, and sends no form again. */
if (answer) history.replaceState(null, "", "/till");

/* A scanner types faster than people do, ends with Enter, and needs no focus. */
const KEY_MILLISECONDS = 80;
let typed = "", last = 0;
document.addEventListener("keydown", event => {
  if (event.target.matches("input, select, textarea, button, a")) return;
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  const now = performance.now();
  if (now - last > KEY_MILLISECONDS) typed = "";
  last = now;
  if (event.key === "Enter" && typed.length >= 4) { event.preventDefault(); submit(typed); typed = ""; }
  else if (event.key.length === 1) typed += event.key;
});

let sent = false;
function submit(text) {
  if (sent) return;
  code.value = text;
  if (form.reportValidity()) form.requestSubmit();
}
form.addEventListener("submit", event => {
  if (sent || !navigator.onLine) { event.preventDefault(); showNetwork(); return; }
  sent = true;
});
addEventListener("pageshow", () => { sent = false; });

/* The network, said plainly. */
const offline = document.getElementById("offline");
function showNetwork() { offline.hidden = navigator.onLine || Boolean(document.getElementById("queue")); }
addEventListener("online", showNetwork);
addEventListener("offline", showNetwork);
showNetwork();

/* One tone for yes, two low ones for no; a phone also shakes. The answer is painted first. */
if (answer) setTimeout(() => {
  const isGood = answer.dataset.outcome !== "refused";
  navigator.vibrate?.(isGood ? 80 : [200, 100, 200]);
  try {
    const audio = new AudioContext();
    for (const [start, pitch] of isGood ? [[0, 880]] : [[0, 220], [.25, 220]]) {
      const tone = audio.createOscillator();
      tone.frequency.value = pitch;
      tone.connect(audio.destination);
      tone.start(audio.currentTime + start);
      tone.stop(audio.currentTime + start + .15);
    }
  } catch { /* no sound here */ }
});

/* Undo is offered as long as it works. */
const undo = document.querySelector(".answer form");
if (undo) setTimeout(() => undo.remove(), Number(undo.dataset.seconds) * 1000);

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
  while (!sent) {
    const text = await read().catch(() => "");
    if (text) { view.srcObject.getTracks().forEach(track => track.stop()); submit(text); return; }
    await new Promise(done => setTimeout(done, 200));
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
    const found = await fetch(`/till/frame?width=${width}`, { method: "POST", body: grey });
    return found.ok ? (await found.json()).text : "";
  };
}
