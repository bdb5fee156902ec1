// A note saves itself: two seconds after the last key, and when one leaves the field. What is not saved yet stands on
// the page and nowhere else: not in the browser's storage. Whatever happens between, the page keeps the text and goes on.
import { ask, csrfToken, newId, renewToken } from "./connection.js";
import { toolbars } from "./markdown.js";

const IDLE = 2_000; // after the last key
const AT_LEAST = 20_000; // while one types without a pause
const LONGEST_WAIT = 30_000; // between two tries

function editor(form) {
  const said = form.querySelector("[data-state]");
  const heard = form.querySelector("[data-heard]");
  const words = form.dataset;
  const writer = newId();
  let turn = 0;
  let note = form.elements.note.value;
  let spare = newId();
  let dirty = "unsaved" in words; // something is typed that no answer has confirmed
  let saving = false;
  let finishing = false; // its author has asked to save and close
  let blocked = ""; // what has to be settled before anything is saved
  let leaving = false;
  let leavingTo = ""; // a link that was followed while something was not saved
  let failures = 0;
  let timer = 0;
  let typedSince = 0;

  const value = (name) => form.elements[name].value;

  function say(text, kind = "") {
    said.textContent = text;
    said.dataset.kind = kind;
    // Who listens hears that it is saved and what is in the way, not every key.
    if (text !== words.saidWriting && text !== words.saidSaving) heard.textContent = text;
  }

  function after(wait) {
    if (!words.autosave) return;
    clearTimeout(timer);
    timer = setTimeout(save, wait);
  }

  function block(what, text) {
    blocked = what;
    say(text, "trouble");
    const dialog = document.querySelector(`dialog[data-blocked="${what}"]`);
    if (dialog && !dialog.open) dialog.showModal();
  }

  function unblock() {
    document.querySelector(`dialog[data-blocked="${blocked}"]`)?.close();
    blocked = "";
  }

  // --- one saving ----------------------------------------------------------------------------------------------------

  function post() {
    turn += 1;
    const body = new FormData();
    const sent = {
      title: value("title"), text: value("text"), rev: value("rev"), writer, turn, spare,
      author: words.author, engagement: words.engagement, session: words.session,
    };
    for (const [name, each] of Object.entries(sent)) body.set(name, each);
    if (finishing) body.set("done", "1");
    return ask(words.autosave, { method: "POST", body, headers: { "X-CSRFToken": csrfToken() } });
  }

  async function save() {
    clearTimeout(timer);
    if (saving || leaving) return;
    if (blocked) return void ((finishing || blocked === "conflict") && block(blocked, said.textContent));
    if (!dirty && !finishing) return;
    if (!finishing && value("rev") === "0" && !value("title").trim() && !value("text").trim()) return void (dirty = false);
    saving = true;
    dirty = false;
    typedSince = 0;
    say(words.saidSaving);
    const answer = await post();
    saving = false;
    await take(answer);
    if (dirty && !blocked && !timer && !leaving) after(IDLE);
  }

  async function take(answer) {
    clearTimeout(timer);
    timer = 0;
    if (answer?.status === 200) return saved(await answer.json());
    dirty = true;
    if (answer === null || answer.status >= 500 || answer.status === 429) return retry();
    if (answer.type === "opaqueredirect" || answer.status === 401) return block("signed-out", words.saidSignedOut);
    if (answer.status === 403) return void ((await renew()) === true && after(Math.min(500 * 2 ** failures++, LONGEST_WAIT)));
    if (answer.status === 413 || answer.status === 400) return refuse(words.saidTooLong);
    if (answer.status === 404) return refuse(words.saidGone);
    const told = await answer.json().catch(() => ({}));
    if (answer.status === 422) return refuse(told.said);
    if (told.state === "other") return block("other", words.saidOther);
    if (told.state === "apart") return apart(told);
    if (told.state === "differs") return differs(told);
    return retry();
  }

  function saved(told, kind = "") {
    failures = 0;
    if (form.elements.rev.value === "0" && told.rev) history.replaceState(null, "", told.edit);
    form.elements.rev.value = told.rev;
    if (told.next) return leave(told.next);
    finishing = false;
    if (leavingTo && !dirty) return leave(leavingTo);
    if (dirty) say(words.saidWriting);
    else say(told.said, kind);
  }

  function leave(where) {
    leaving = true;
    dirty = false;
    location.assign(where);
  }

  function retry() {
    failures += 1;
    leavingTo = "";
    say(words.autosave ? words.saidRetrying : words.saidOffline, "trouble");
    after(Math.min(1000 * 2 ** failures, LONGEST_WAIT));
  }

  // Said once, and tried again with the next key: a text that is too long does not get shorter by waiting.
  function refuse(text) {
    finishing = false;
    leavingTo = "";
    say(text, "refused");
    timer = -1;
  }

  // --- signed out, and in again ----------------------------------------------------------------------------------------

  // Who signed in anew has another token; and it may be somebody else.
  async function renew() {
    const whose = await renewToken(words.token, words.author);
    if (whose === "away") return retry();
    if (whose === "out") return block("signed-out", words.saidSignedOut);
    if (whose === "other") return block("other", words.saidOther);
    unblock();
    return true;
  }

  async function resume() {
    if (blocked !== "signed-out" && blocked !== "other") return;
    if ((await renew()) !== true) return;
    say(words.saidWriting);
    after(0);
  }

  // --- two pages -------------------------------------------------------------------------------------------------------

  let standing = null;

  function become(id) {
    words.autosave = words.autosave.replace(note, id);
    note = id;
    form.elements.note.value = id;
    spare = newId();
  }

  function apart(told) {
    become(told.note);
    dirty = false;
    history.replaceState(null, "", told.edit);
    saved(told, "trouble");
  }

  function differs(told) {
    standing = told;
    finishing = false;
    const dialog = document.getElementById("note-conflict");
    dialog.querySelector("[data-standing]").value = told.text;
    dialog.querySelector("[data-mine]").value = value("text");
    block("conflict", words.saidConflict);
  }

  function choose(choice) {
    if (choice === "both") {
      form.elements.text.value = `${standing.text}\n\n---\n\n${value("text")}`;
      form.elements.title.value = standing.title || value("title");
      form.elements.rev.value = standing.rev;
    } else {
      become(spare);
      form.elements.rev.value = 0;
    }
    grow();
    unblock();
    form.elements.text.focus();
    dirty = true;
    after(0);
  }

  // --- what one does ---------------------------------------------------------------------------------------------------

  // Where the browser does not let a textarea grow by itself.
  function grow() {
    if (CSS.supports("field-sizing", "content")) return;
    const field = form.elements.text;
    field.style.height = "auto";
    field.style.height = `${field.scrollHeight + 2}px`;
  }

  form.addEventListener("input", () => {
    dirty = true;
    grow();
    if (!words.autosave) return;
    typedSince ||= Date.now();
    if (!saving && !failures && !blocked) say(words.saidWriting);
    if (!failures) after(Date.now() - typedSince > AT_LEAST ? 0 : IDLE);
  });
  form.addEventListener("focusout", () => {
    if (words.autosave && dirty && !failures && !blocked && timer !== -1) after(0);
  });

  form.addEventListener("submit", async (event) => {
    if (event.submitter?.name) return void (leaving = true); // another button: the page is sent as it is
    event.preventDefault();
    if (words.autosave) {
      finishing = true;
      if (!saving) save();
      else dirty = true;
      return;
    }
    // An amendment is sent whole; but only once somebody is there to take it.
    say(words.saidSaving);
    if ((await renew()) === true) {
      leaving = true;
      form.submit();
    }
  });

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-continue]")) resume();
    const choice = event.target.closest("[data-choice]");
    if (choice) choose(choice.dataset.choice);
    // A link waits for what is on its way; pressed again, the browser asks.
    const link = event.target.closest("a[href]:not([target], [hx-get])");
    const plain = link && !event.ctrlKey && !event.metaKey && !event.shiftKey && link.origin === location.origin;
    if (plain && words.autosave && (dirty || saving) && !blocked && !failures && leavingTo !== link.href) {
      event.preventDefault();
      leavingTo = link.href;
      save();
    }
  });
  // What has to be settled is not closed away by accident.
  for (const dialog of document.querySelectorAll("dialog[data-blocked]")) {
    dialog.addEventListener("cancel", (event) => event.preventDefault());
  }
  window.addEventListener("online", () => failures && after(0));
  window.addEventListener("focus", resume);
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") resume();
    else if (words.autosave && dirty && !failures && !blocked) after(0);
  });
  window.addEventListener("beforeunload", (event) => {
    if ((dirty || saving) && !leaving) event.preventDefault();
  });
  grow();
}

toolbars();
for (const form of document.querySelectorAll("[data-note]")) editor(form);
// Where nothing of a text could be shown, it shows once one's notes are open. A page that is written on stays as it is.
document.addEventListener("vault-open", () => {
  if (document.querySelector("[data-vault-reload]")) location.reload();
});
