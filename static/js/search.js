// The search of the frame: hits stand under the field while one is in it; Escape, or going elsewhere, puts them away.

export function search() {
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
