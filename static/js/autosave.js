// A text saves itself: two seconds after the last key, and when its field is left. What is not saved yet stands in the
// page and nowhere else, whatever becomes of the connection and the log-in, and is tried again. What another page has
// saved meanwhile is shown beside it; nothing is sent before its reader has chosen.
import { ask, csrfToken, renewToken } from "./connection.js";

const IDLE = 2_000; // after the last key
const AGAIN = 5_000; // after a try that failed, doubled each time
const LONGEST_WAIT = 30_000;

function wire(box) {
  const form = box.closest("form");
  const text = box.querySelector("textarea");
  const rev = box.querySelector("[name=rev]");
  const fields = [...box.querySelectorAll("textarea, select")];
  const state = box.querySelector("[data-said]");
  const conflict = box.querySelector("[data-conflict]");
  const words = state.dataset;
  const typed = () => JSON.stringify(fields.map((field) => field.value));
  let saved = "unsaved" in box.dataset ? "" : typed();
  let refused = ""; // what does not get better by waiting
  let running = null;
  let asking = false;
  let leaving = false;
  let failures = 0;
  let timer = 0;

  function say(sentence, wrong = false) {
    if (state.textContent !== sentence) state.textContent = sentence;
    state.toggleAttribute("data-wrong", wrong);
  }

  function later(wait) {
    clearTimeout(timer);
    timer = setTimeout(save, wait);
  }

  function again(sentence) {
    say(sentence, true);
    later(Math.min(AGAIN * 2 ** failures, LONGEST_WAIT));
    failures += 1;
  }

  // --- one saving at a time ----------------------------------------------------------------------------------------

  function save() {
    clearTimeout(timer);
    if (running || leaving || !conflict.hidden || typed() === saved || typed() === refused) return;
    running = send(typed()).finally(() => (running = null));
  }

  async function send(sent) {
    const body = new URLSearchParams([rev, ...fields].map((field) => [field.name, field.value]));
    const answer = await ask(box.dataset.autosave, { method: "POST", body, headers: { "X-CSRFToken": csrfToken() } });
    if (answer === null || answer.status >= 500 || answer.status === 429) return again(words.away);
    if (answer.type === "opaqueredirect" || answer.status === 401) return again(words.out);
    if (answer.status === 403) return void ((await isMine()) && later(Math.min(500 * 2 ** failures++, LONGEST_WAIT)));
    const told = await answer.json().catch(() => null);
    if (answer.status === 200 && told) return kept(sent, told);
    if (answer.status === 409 && told) return differs(told);
    refused = sent;
    say(told?.said ?? words.gone, true);
  }

  function kept(sent, told) {
    failures = 0;
    rev.value = told.rev;
    saved = sent;
    say(told.said);
    if (typed() !== saved) later(IDLE);
  }

  // Who signed in anew has another token; and it may be somebody else, who is given nothing.
  async function isMine() {
    const whose = await renewToken(words.token, words.author);
    if (whose !== "mine") again(words[whose]);
    return whose === "mine";
  }

  // --- two pages ---------------------------------------------------------------------------------------------------

  function differs(told) {
    conflict.dataset.rev = told.rev;
    conflict.querySelector("[data-whose]").textContent = told.whose;
    conflict.querySelector("[data-standing]").textContent = told.text ?? words.sealed;
    conflict.querySelector("[data-choice=both]").hidden = told.text === null;
    conflict.hidden = false;
    say(words.elsewhere, true);
  }

  conflict.addEventListener("click", (event) => {
    const choice = event.target.closest("[data-choice]")?.dataset.choice;
    if (!choice) return;
    if (choice === "both") text.value = `${conflict.querySelector("[data-standing]").textContent}\n\n---\n\n${text.value}`;
    rev.value = conflict.dataset.rev;
    conflict.hidden = true;
    text.focus();
    save();
  });

  // --- what one does -----------------------------------------------------------------------------------------------

  box.addEventListener("input", () => failures || later(IDLE));
  box.addEventListener("focusout", () => failures || save());
  window.addEventListener("online", () => failures && save());
  window.addEventListener("focus", () => failures && save());
  document.addEventListener("visibilitychange", save);

  // The form waits for what is on its way, whose number of the text is the newer one; and it goes only when somebody is
  // there to take it: a page that cannot be reached, or asks for a log-in, would stand in the place of the text.
  form.addEventListener(
    "submit",
    async (event) => {
      if (leaving) return;
      event.preventDefault();
      event.stopPropagation();
      if (asking) return;
      asking = true;
      await running;
      const mine = await isMine();
      asking = false;
      if (!mine) return;
      leaving = true;
      clearTimeout(timer);
      form.requestSubmit(event.submitter?.isConnected ? event.submitter : undefined);
    },
    { capture: true },
  );
  window.addEventListener("beforeunload", (event) => {
    if (!leaving && typed() !== saved) event.preventDefault();
  });
  window.addEventListener("pageshow", () => (leaving = false));
}

document.querySelectorAll("[data-autosave]").forEach(wire);
