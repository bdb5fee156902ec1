// A link with data-dialog opens the dialog of that id; without JavaScript, or without the dialog, it is a link to a page.

function open(dialog) {
  dialog.showModal();
  const first = dialog.querySelector("[data-autofocus], [aria-invalid=true], input:not([type=hidden]), select, textarea");
  first?.focus();
}

export function dialogs() {
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-dialog]");
    const dialog = opener && document.getElementById(opener.dataset.dialog);
    if (dialog && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault();
      opener.closest("details.menu")?.removeAttribute("open");
      open(dialog);
      return;
    }
    if (event.target.closest("[data-close]")) event.target.closest("dialog")?.close();
    // A press on the backdrop lands on the dialog itself.
    if (event.target instanceof HTMLDialogElement && !event.target.querySelector("form [data-changed]")) event.target.close();
  });
  document.addEventListener("input", (event) => {
    if (event.target.closest("dialog")) event.target.dataset.changed = "";
  });
  // A form that came back with errors inside its dialog is shown at once.
  document.querySelectorAll("dialog[data-open]").forEach(open);
}
