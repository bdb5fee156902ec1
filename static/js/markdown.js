// The toolbar of a Markdown textarea: it writes the marks that one could type. What it does can be undone by Ctrl+Z.

const AROUND = { bold: "**", italic: "*" };
const BEFORE = { list: "- ", heading: "## " };

// `insertText` keeps the browser's own way back; where it is missing the text is set.
function put(field, text, start, end) {
  field.focus();
  field.setSelectionRange(start, end);
  if (!document.execCommand("insertText", false, text)) {
    field.setRangeText(text, start, end, "end");
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
}

function wrap(field, mark) {
  const { selectionStart: start, selectionEnd: end, value } = field;
  const inside = value.slice(start, end);
  const marked = value.slice(start - mark.length, start) === mark && value.slice(end, end + mark.length) === mark;
  if (marked) {
    put(field, inside, start - mark.length, end + mark.length);
    field.setSelectionRange(start - mark.length, end - mark.length);
  } else {
    put(field, mark + inside + mark, start, end);
    field.setSelectionRange(start + mark.length, end + mark.length);
  }
}

function prefix(field, mark) {
  const { selectionStart: start, selectionEnd: end, value } = field;
  const from = value.lastIndexOf("\n", start - 1) + 1;
  const to = value.indexOf("\n", end) === -1 ? value.length : value.indexOf("\n", end);
  const lines = value.slice(from, to).split("\n");
  const all = lines.every((line) => line.startsWith(mark));
  const text = lines.map((line) => (all ? line.slice(mark.length) : line.startsWith(mark) ? line : mark + line)).join("\n");
  put(field, text, from, to);
}

export function toolbars() {
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-mark]");
    const field = button && document.getElementById(button.closest("[data-toolbar]").dataset.toolbar);
    if (!field) return;
    const kind = button.dataset.mark;
    if (kind in AROUND) wrap(field, AROUND[kind]);
    else prefix(field, BEFORE[kind]);
  });
}
