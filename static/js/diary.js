// Saving while one writes. What could not be saved stays in the page and is tried again; nothing is kept in the browser.
const form = document.querySelector("form[data-autosave]");
const RETRY = 10_000;

function unsaved() {
  form.querySelector("[data-unsaved]").hidden = false;
  clearTimeout(form.retrying);
  form.retrying = setTimeout(again, RETRY);
}

// After a new log-in the page's token is an old one: the page itself is asked for the token of now.
async function again() {
  try {
    const answer = await fetch(location.href);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const token = page.querySelector("meta[name=csrf-token]")?.content;
    if (token && page.querySelector("form[data-autosave]")) {
      document.querySelector("meta[name=csrf-token]").content = token;
      form.querySelector("[name=csrfmiddlewaretoken]").value = token;
    }
    window.htmx.trigger(form, "again");
  } catch {
    unsaved();
  }
}

function mine(event) {
  return event.detail.elt === form || form.contains(event.detail.elt);
}

if (form) {
  for (const failed of ["htmx:sendError", "htmx:timeout", "htmx:responseError"]) {
    document.addEventListener(failed, (event) => mine(event) && unsaved());
  }
  // What was written elsewhere waits for a decision: until then nothing is sent by itself, and the question stands still.
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (!mine(event) || !form.querySelector("[data-elsewhere]")) return;
    if (event.detail.requestConfig.triggeringEvent?.type !== "submit") event.preventDefault();
  });
  // Who has been signed out is led to the log-in page, which is no answer to what was written.
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (!mine(event)) return;
    if (new URL(event.detail.xhr.responseURL).pathname === new URL(form.action).pathname) return;
    event.detail.shouldSwap = false;
    unsaved();
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    if (!form.contains(event.detail.target) || !event.detail.successful) return;
    if (event.detail.xhr.status === 200) form.querySelector("[data-unsaved]").hidden = true;
  });
}
