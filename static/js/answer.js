// An answer is kept while it is written: two seconds after the last key, and when the field is left. What was typed
// stays in this page and nowhere else, whatever becomes of the connection or the log-in.
const IDLE = 2000;
const AGAIN = 5000;

function wire(form) {
  const field = form.elements.namedItem("text");
  const rev = form.elements.namedItem("rev");
  const said = form.querySelector("[data-said]");
  const conflict = form.querySelector("[data-conflict]");
  const say = (text) => (said.textContent = text);
  let saved = field.value;
  // A page that shows two texts waits for its reader: nothing is saved before they say so.
  let stopped = form.parentElement.querySelector(".other-text:not([hidden])") !== null;
  let running = null;
  let timer = 0;
  let leaving = false;
  let standing = "";

  function later(after) {
    clearTimeout(timer);
    timer = setTimeout(save, after);
  }

  function save() {
    clearTimeout(timer);
    if (stopped || running || field.value === saved) return running ?? Promise.resolve();
    running = send(field.value).finally(() => {
      running = null;
    });
    return running;
  }

  async function send(text) {
    let answer;
    try {
      answer = await fetch(form.dataset.save, {
        method: "POST",
        body: new URLSearchParams({ text, rev: rev.value }),
        headers: { "X-CSRFToken": form.elements.namedItem("csrfmiddlewaretoken").value },
        redirect: "manual",
      });
      if (answer.type === "opaqueredirect") return again(form.dataset.signedOut);
      if (answer.status === 403) return again((await renew()) ? "" : form.dataset.signedOut);
      if (answer.status >= 500) return again(form.dataset.trying);
      take(text, answer.status, await answer.json());
    } catch {
      again(form.dataset.trying);
    }
  }

  function take(text, status, given) {
    if (status === 409) {
      stopped = true;
      standing = String(given.rev);
      conflict.querySelector("[data-other]").textContent = given.text;
      conflict.hidden = false;
      say(form.dataset.elsewhere);
    } else {
      say(given.said);
      if (status !== 200) return;
      rev.value = given.rev;
      saved = text;
      if (field.value !== saved) later(IDLE);
    }
  }

  function again(why) {
    if (why) say(why);
    later(AGAIN);
  }

  // Who has signed in again, in another window, has another token.
  async function renew() {
    const page = await fetch(location.href);
    if (page.redirected || !page.ok) return false;
    const found = new DOMParser().parseFromString(await page.text(), "text/html").querySelector("meta[name=csrf-token]");
    for (const token of document.querySelectorAll("[name=csrfmiddlewaretoken]")) token.value = found.content;
    document.querySelector("meta[name=csrf-token]").content = found.content;
    return true;
  }

  field.addEventListener("input", () => later(IDLE));
  field.addEventListener("blur", save);
  conflict.querySelector("[data-keep]").addEventListener("click", () => {
    rev.value = standing;
    stopped = false;
    conflict.hidden = true;
    field.focus();
    save();
  });
  // What is on its way arrives before the form is sent, or the two would be taken for two windows.
  form.addEventListener("submit", (event) => {
    leaving = true;
    if (!running) return;
    event.preventDefault();
    event.stopPropagation();
    running.then(() => form.requestSubmit(event.submitter));
  });
  window.addEventListener("beforeunload", (event) => {
    if (!leaving && field.value !== saved) event.preventDefault();
  });
  window.addEventListener("pageshow", () => (leaving = false));
}

document.querySelectorAll("form[data-answer]").forEach(wire);
