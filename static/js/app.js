// What every page needs: the token on htmx requests, focus on errors, dialogs, messages, menus, keys.
import { csrfToken } from "./connection.js";
import { dialogs } from "./dialogs.js";
import { forms } from "./forms.js";
import { keys } from "./keys.js";
import { search } from "./search.js";
import { vault } from "./vault.js";

const root = document.documentElement;

document.addEventListener("htmx:configRequest", (event) => {
  event.detail.headers["X-CSRFToken"] = csrfToken();
});

// A dismissed message is gone; the next message finds the region still there.
document.addEventListener("click", (event) => {
  const toast = event.target.closest("[data-dismiss]")?.closest(".toast");
  if (!toast) return;
  const region = toast.parentElement;
  toast.remove();
  if (!region.childElementCount) document.getElementById("main")?.focus({ preventScroll: true });
});

// A menu is a <details>: it also closes on Escape and on a press outside.
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = document.querySelector("details.menu[open]");
  if (menu) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) window.print();
  const copier = event.target.closest("[data-copy]");
  if (copier) copy(copier);
});

async function copy(button) {
  const source = document.querySelector(button.dataset.copy);
  await navigator.clipboard.writeText((source.value ?? source.innerText).trim());
  const said = button.querySelector("[aria-live]");
  if (said) said.textContent = button.dataset.copied;
}

/* A page on which the way into a remote meeting opens looks again when it does, unless somebody is writing on it. */
function opening() {
  const at = document.querySelector("[data-opens]");
  const wait = at ? new Date(at.dataset.opens) - Date.now() : -1;
  if (wait < 0 || wait > 6 * 60 * 60 * 1000) return;
  setTimeout(() => {
    const written = [...document.querySelectorAll("main input:not([type=hidden]), main textarea")];
    if (!written.some((field) => field.value !== field.defaultValue)) location.reload();
  }, wait + 1000);
}

root.classList.add("js");
dialogs();
forms();
opening();
keys();
search();
vault();
