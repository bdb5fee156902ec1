// Keys: `?` lists them, `/` goes to the search, `g` and a letter follows the link that names it in data-key.
// They can be switched off (WCAG 2.1.4): the server keeps the choice and leaves data-keys away from <html>.

const PATIENCE_MS = 1200;
let waiting = "";
let timer = 0;

function isTyping(target) {
  return target.isContentEditable || target.matches("input, textarea, select");
}

function press(key) {
  clearTimeout(timer);
  const wanted = waiting ? `${waiting} ${key}` : key;
  const link = document.querySelector(`[data-key="${CSS.escape(wanted)}"]`);
  waiting = "";
  if (link) {
    link.click();
    return true;
  }
  if (document.querySelector(`[data-key^="${CSS.escape(key)} "]`)) {
    waiting = key;
    timer = setTimeout(() => { waiting = ""; }, PATIENCE_MS);
  }
  return false;
}

export function keys() {
  if (!("keys" in document.documentElement.dataset)) return;
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    if (document.querySelector("dialog[open]")) return;
    if (event.key === "/") {
      const search = document.querySelector("[data-search]");
      event.preventDefault();
      if (search?.checkVisibility()) search.focus();
      else document.querySelector(".find-link")?.click();
    } else if (event.key === "?") {
      event.preventDefault();
      document.getElementById("keys")?.showModal();
    } else if (event.key.length === 1 && press(event.key.toLowerCase())) {
      event.preventDefault();
    }
  });
}
