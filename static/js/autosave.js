// What is being written is saved two seconds after the last key, and on leaving the field. A text that could not be
// saved stays in the page and is tried again; nothing of it is kept in the browser.

const IDLE = 2000;
const AGAIN = 5000;

function csrfToken() {
  return document.querySelector("meta[name=csrf-token]")?.content ?? "";
}

function wire(box) {
  const text = box.querySelector("textarea");
  const rev = box.querySelector("input[name=rev]");
  const said = box.querySelector("[data-said]");
  const form = text.form;
  let saved = text.value;
  let timer = 0;
  let sending = false;
  let refused = false;
  let waiting = null;
  let leaving = false;

  function say(sentence, wrong = false) {
    said.textContent = sentence;
    said.toggleAttribute("data-wrong", wrong);
  }

  function later(time) {
    clearTimeout(timer);
    timer = setTimeout(save, time);
  }

  async function save() {
    clearTimeout(timer);
    if (sending || refused || leaving || text.value === saved) return;
    sending = true;
    const sent = text.value;
    try {
      const answer = await fetch(box.dataset.autosave, {
        method: "POST",
        headers: { "X-CSRFToken": csrfToken() },
        body: new URLSearchParams({ [text.name]: sent, rev: rev.value }),
        redirect: "manual",
      });
      if (answer.ok) {
        const kept = await answer.json();
        rev.value = kept.rev;
        saved = sent;
        say(kept.said);
      } else if (answer.status === 409 || answer.status === 422) {
        refused = answer.status === 409;
        say((await answer.json()).said, true);
      } else if (answer.type === "opaqueredirect" || answer.status === 403) {
        say(box.dataset.loggedOut, true);
        later(AGAIN);
      } else {
        throw new Error(String(answer.status));
      }
    } catch {
      say(box.dataset.failed, true);
      later(AGAIN);
    }
    sending = false;
    if (waiting) {
      const button = waiting;
      waiting = null;
      leaving = true;
      form.requestSubmit(button.isConnected ? button : undefined);
    }
  }

  text.addEventListener("input", () => later(IDLE));
  text.addEventListener("blur", save);
  // The form waits for the answer that is on its way: its number of the text would be an old one.
  form.addEventListener(
    "submit",
    (event) => {
      if (sending) {
        event.preventDefault();
        event.stopPropagation();
        waiting = event.submitter ?? form.querySelector("button");
      } else {
        leaving = true;
        clearTimeout(timer);
      }
    },
    { capture: true },
  );
  window.addEventListener("beforeunload", (event) => {
    if (!leaving && text.value !== saved) event.preventDefault();
  });
  window.addEventListener("pageshow", () => (leaving = false));
}

document.querySelectorAll("[data-autosave]").forEach(wire);
