// Rows are added and emptied on the spot; without this file the same buttons ask the server.

function wire(rows) {
  const total = rows.querySelector("[name$='-TOTAL_FORMS']");
  const template = rows.querySelector("template");
  const adder = rows.querySelector("[data-add-row]");
  adder.addEventListener("click", (event) => {
    event.preventDefault();
    const number = Number(total.value);
    const holder = document.createElement("div");
    holder.append(template.content.cloneNode(true));
    holder.innerHTML = holder.innerHTML.replaceAll("__prefix__", number);
    const row = holder.firstElementChild;
    row.querySelector("legend").append(String(number + 1));
    adder.before(row);
    total.value = number + 1;
    row.querySelector("input, select, textarea").focus();
  });
  // An empty row is no row: what is removed is emptied and put out of sight.
  rows.addEventListener("click", (event) => {
    const row = event.target.closest("[data-remove-row]")?.closest("[data-row]");
    if (!row) return;
    row.querySelectorAll("input[type=text], textarea, select").forEach((field) => (field.value = ""));
    row.hidden = true;
    adder.focus();
  });
}

document.querySelectorAll("[data-rows]").forEach(wire);
