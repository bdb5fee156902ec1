// The notes of a supervisor: shown while typing a passphrase, asked for in a dialog, locked in time. Nothing is kept here.
import { csrfToken } from "./connection.js";

const SOON = 120;
const EVERY = 15_000;

function reveal(input) {
  if (input.parentElement.classList.contains("revealed")) return;
  const box = document.createElement("div");
  box.className = "revealed";
  const button = document.createElement("button");
  button.type = "button";
  button.className = "btn quiet";
  button.textContent = input.dataset.reveal;
  button.setAttribute("aria-pressed", "false");
  button.setAttribute("aria-controls", input.id);
  button.addEventListener("click", () => {
    const shown = input.type === "password";
    input.type = shown ? "text" : "password";
    button.setAttribute("aria-pressed", String(shown));
  });
  input.replaceWith(box);
  box.append(input, button);
}

function revealAll(scope) {
  scope.querySelectorAll("input[type=password][data-reveal]").forEach(reveal);
}

function ask() {
  const dialog = document.getElementById("vault-dialog");
  if (!dialog || dialog.open) return;
  window.htmx.trigger(dialog.querySelector("[data-vault-unlock]"), "vault-ask");
  dialog.showModal();
}

function hide(locked) {
  document.querySelectorAll("[data-vault-text]").forEach((text) => { text.hidden = locked; });
  document.querySelectorAll("[data-vault-locked]").forEach((note) => { note.hidden = !locked; });
}

function watch(place) {
  const soon = document.getElementById("vault-soon");
  let end = Date.now() + Number(place.dataset.vaultRest) * 1000;
  let locked = false;

  const left = () => (end - Date.now()) / 1000;

  async function hear(url, method) {
    try {
      const answer = await fetch(url, { method, headers: { "X-CSRFToken": csrfToken() }, credentials: "same-origin" });
      if (answer.ok && !answer.redirected) end = Date.now() + (await answer.json()).seconds * 1000;
    } catch {
      // Without a connection the time goes on as it was known.
    }
  }

  async function look() {
    if (locked || left() > SOON) return;
    await hear(place.dataset.state, "GET"); // another tab may be at work
    if (left() <= 0) lock();
    else if (left() <= SOON && !soon.open && !document.querySelector("dialog[open]")) soon.showModal();
    else if (left() > SOON && soon.open) soon.close();
  }

  function lock() {
    locked = true;
    soon.close();
    hide(true);
    document.dispatchEvent(new CustomEvent("vault-locked"));
    ask();
  }

  setInterval(look, EVERY);
  document.addEventListener("visibilitychange", look);
  document.addEventListener("click", async (event) => {
    if (!event.target.closest("[data-vault-stay]")) return;
    await hear(place.dataset.stay, "POST");
    soon.close();
    if (left() <= 0) lock();
  });
  document.addEventListener("vault-open", async () => {
    locked = false;
    await hear(place.dataset.state, "GET");
  });
}

export function vault() {
  revealAll(document);
  document.addEventListener("htmx:afterSwap", (event) => {
    revealAll(event.detail.target);
    event.detail.target.querySelector?.("[aria-invalid=true], input[data-reveal]")?.focus();
  });
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-vault-ask]") || !document.getElementById("vault-dialog")) return;
    event.preventDefault();
    ask();
  });
  document.addEventListener("vault-wanted", ask);
  document.addEventListener("vault-open", () => {
    document.getElementById("vault-dialog")?.close();
    hide(false);
  });
  const place = document.querySelector("[data-vault-rest]");
  if (place && Number(place.dataset.vaultRest) > 0) watch(place);
}
