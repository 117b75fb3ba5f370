/* Offline codes, proved and judged without the server: see docs/reference/offline-codes.md. */

const OfflineCode = (() => {
  const PREFIX = "HUGGG1:";
  const SYMBOLS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
  const CONTEXT = new TextEncoder().encode("huggg offline code 1\0");
  const FACTS = 34, CODE = 98, QUARTER = 900000;

  function bytesOf(text) {
    const bytes = new Uint8Array(CODE);
    if (text.length !== CODE / 2 * 3) return null;
    for (let at = 0; at < CODE / 2; at += 1) {
      const [c, d, e] = [...text.slice(3 * at, 3 * at + 3)].map(symbol => SYMBOLS.indexOf(symbol));
      const value = c + 45 * d + 2025 * e;
      if (c < 0 || d < 0 || e < 0 || value > 65535) return null;
      bytes.set([value >> 8, value & 255], 2 * at);
    }
    return bytes;
  }

  function guid(bytes) {
    const digits = [...bytes].map(byte => byte.toString(16).padStart(2, "0")).join("");
    return digits.replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, "$1-$2-$3-$4-$5");
  }

  const base64 = bytes => btoa(String.fromCharCode(...bytes));
  const unbase64 = text => Uint8Array.from(atob(text), symbol => symbol.charCodeAt(0));

  /* The facts of a code, or null unless one of the keys proves it. */
  async function read(text, keys) {
    const bytes = text.startsWith(PREFIX) ? bytesOf(text.slice(PREFIX.length)) : null;
    if (!bytes) return null;
    const view = new DataView(bytes.buffer);
    const published = keys.find(each => each.id === view.getUint16(0));
    if (!published) return null;
    const { kty, crv, x } = published;
    const key = await crypto.subtle.importKey("jwk", { kty, crv, x }, "Ed25519", false, ["verify"]);
    const message = new Uint8Array(CONTEXT.length + FACTS);
    message.set(CONTEXT);
    message.set(bytes.subarray(0, FACTS), CONTEXT.length);
    if (!await crypto.subtle.verify("Ed25519", key, bytes.subarray(FACTS), message)) return null;
    return {
      huggg: guid(bytes.subarray(2, 18)),
      id: bytes.slice(2, 18),
      product: base64(bytes.subarray(18, 22)),
      brands: base64(bytes.subarray(22, 26)),
      value: view.getUint32(26),
      ends: (bytes[30] << 16 | bytes[31] << 8 | bytes[32]) * QUARTER,
      sequence: bytes[33],
    };
  }

  /* Whether an entry is perhaps on the revoked list. */
  async function isListed(entry, revoked) {
    const filter = unbase64(revoked.filter);
    const digest = new DataView(await crypto.subtle.digest("SHA-256", entry));
    for (let place = 0; place < revoked.places; place += 1) {
      const bit = digest.getUint32(4 * place) % (8 * filter.length);
      if (!(filter[bit >> 3] & 0x80 >> (bit & 7))) return false;
    }
    return true;
  }

  /* Why a code is not accepted, in one sentence; empty if nothing speaks against it but the allowance. */
  async function refusal(facts, kit, now) {
    if (!facts) return "This code is not genuine.";
    if (!kit.brand_sets.includes(facts.brands)) return "This gift is not for your brand.";
    if (now >= facts.ends) return "This gift has expired.";
    const older = new Uint8Array([...facts.id, facts.sequence]);
    if (await isListed(facts.id, kit.revoked) || await isListed(older, kit.revoked)) {
      return "This gift was used or taken back. Ask again once there is a network.";
    }
    return "";
  }

  /* Why the allowance does not cover one more, in one sentence; empty if it does. */
  function beyond(rule, waiting, value, sinceRefresh) {
    if (!rule) return "Your brand accepts no gifts without a network.";
    if (sinceRefresh > rule.hours * 3600000) return "This till was without a network for too long.";
    if (waiting.length >= rule.scans) return "Too many gifts wait to be sent.";
    if (waiting.reduce((sum, each) => sum + each.value, value) > rule.value) return "Gifts worth too much wait to be sent.";
    return "";
  }

  return { PREFIX, read, refusal, beyond };
})();
