// Asking the server in a way that fails quietly: no connection, no answer in time, or a log-in that has ended.

const PATIENCE = 15_000;

export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

// The answer, or null when there is none. A redirect, which leads to the log-in, is not followed.
export async function ask(url, options) {
  const stop = new AbortController();
  const patience = setTimeout(() => stop.abort(), PATIENCE);
  try {
    return await fetch(url, { redirect: "manual", credentials: "same-origin", signal: stop.signal, ...options });
  } catch {
    return null;
  } finally {
    clearTimeout(patience);
  }
}

export function csrfToken() {
  return document.querySelector("meta[name=csrf-token]")?.content ?? "";
}

// Who has signed in anew has another token. Given that of now, if `author` is the one who is signed in: "mine"; else it
// says whether there is nobody ("out"), somebody else ("other") or no answer ("away").
export async function renewToken(url, author) {
  const answer = await ask(url, {});
  if (answer === null || answer.status >= 500 || answer.status === 429) return "away";
  const told = answer.status === 200 ? await answer.json().catch(() => null) : null;
  if (told === null) return "out";
  if (told.author !== author) return "other";
  document.querySelector("meta[name=csrf-token]").content = told.token;
  for (const field of document.getElementsByName("csrfmiddlewaretoken")) field.value = told.token;
  return "mine";
}
