// The search of the frame: hits stand under the field while one is in it; Escape, or going elsewhere, puts them away.
// Arrows go from the field through the hits and back, in the frame and on the search's own page.

export function search() {
  for (const field of document.querySelectorAll("[data-search]")) arrows(field);
  const form = document.querySelector("form.find");
  if (!form) return;
  const found = form.querySelector(".found");
  const field = form.querySelector("[data-search]");
  const close = () => found.replaceChildren();
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    field.value = "";
    close();
    field.focus();
  });
  form.addEventListener("focusout", (event) => {
    if (event.relatedTarget && !form.contains(event.relatedTarget)) close();
  });
  document.addEventListener("click", (event) => {
    if (!form.contains(event.target)) close();
  });
}

function arrows(field) {
  const within = field.closest("form.find") ?? field.closest("main");
  within?.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    const stops = [field, ...within.querySelectorAll("a.hit")];
    const at = stops.indexOf(event.target);
    const next = stops[at + (event.key === "ArrowDown" ? 1 : -1)];
    if (at < 0 || !next) return;
    event.preventDefault();
    next.focus();
  });
}
