// Errors get the focus, a form goes once, a choice may send its own form.

function focusErrors(scope) {
  const summary = scope.querySelector(".error-summary");
  if (summary) summary.focus();
}

// The link of a summary names a field; of a group of choices the first one takes the focus.
function followToField(event) {
  const link = event.target.closest(".error-summary a[href^='#']");
  if (!link) return;
  const target = document.getElementById(decodeURIComponent(link.hash.slice(1)));
  const field = target?.matches("input, select, textarea") ? target : target?.querySelector("input, select, textarea");
  if (!field) return;
  event.preventDefault();
  field.focus();
  field.scrollIntoView({ block: "center" });
}

function sendOnce(event) {
  const form = event.target;
  if (!("once" in form.dataset)) return;
  if ("sent" in form.dataset) event.preventDefault();
  else form.dataset.sent = "";
}

// Who came among many: all or none of a list, to go on from there.
function tickAll(event) {
  const button = event.target.closest("[data-tick]");
  if (!button) return;
  for (const box of button.closest("fieldset").querySelectorAll("input[type=checkbox]")) box.checked = button.dataset.tick === "all";
}

export function forms() {
  focusErrors(document);
  document.addEventListener("htmx:afterSwap", (event) => focusErrors(event.detail.target));
  document.addEventListener("click", followToField);
  document.addEventListener("click", tickAll);
  document.addEventListener("submit", sendOnce);
  // The page restored by the back button may be sent again.
  window.addEventListener("pageshow", () => {
    document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent);
  });
  document.addEventListener("change", (event) => {
    if (event.target.closest("[data-submit]")) event.target.form.requestSubmit();
  });
}
