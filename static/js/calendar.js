// Arrow keys and the pointer in the calendar. Without this file everything is reached by its links: sessions, days, and
// one link a day that books on it. A free time of a week is one link that goes where the pointer or the keys are.

const root = document.querySelector("[data-calendar]");
const kind = root?.dataset.calendar;
const HALF_HOUR = 2; // rows of a quarter
const days = [...(root?.querySelectorAll("[data-day]") ?? [])];

// --- the free time of a week ---------------------------------------------------------------------------------------

const free = document.createElement("a");
const holder = document.createElement("div");
holder.className = "day-free";
holder.append(free);

function inColumns() {
  return kind === "week" && getComputedStyle(root.querySelector(".week-hours")).display !== "none";
}

function rowCount() {
  return root.querySelectorAll(".week-hours span").length * 4;
}

function clockAt(row) {
  const minutes = Number(root.dataset.opens) * 60 + row * 15;
  return [Math.floor(minutes / 60), String(minutes % 60).padStart(2, "0")];
}

function showFree(day, row) {
  const [hour, minute] = clockAt(row);
  const mark = document.documentElement.lang === "en" ? ":" : ".";
  free.className = `r${row} n${HALF_HOUR}`;
  free.dataset.row = row;
  free.dataset.rows = HALF_HOUR;
  free.href = `${root.dataset.book}?day=${day.dataset.day}&clock=${hour}.${minute}`;
  free.textContent = `+ ${hour}${mark}${minute}`;
  free.setAttribute("aria-label", `+ ${hour}${mark}${minute}, ${root.dataset.free}, ${day.dataset.label}`);
  const body = day.querySelector(".day-body");
  if (holder.parentElement !== body) body.append(holder);
}

function taken(day) {
  return [...day.querySelectorAll(".day-items a")].map((link) => ({
    link,
    row: Number(link.dataset.row),
    end: "free" in link.dataset ? 0 : Number(link.dataset.row) + Number(link.dataset.rows),
  }));
}

function isFree(day, row) {
  return taken(day).every((one) => row + HALF_HOUR <= one.row || row >= one.end);
}

function pointAt(event) {
  const body = event.target.closest(".day-body");
  if (!body || event.target.closest("a") || !inColumns()) return;
  const box = body.getBoundingClientRect();
  const row = Math.floor(((event.clientY - box.top) / box.height) * rowCount() / HALF_HOUR) * HALF_HOUR;
  const day = body.closest("[data-day]");
  if (row >= 0 && isFree(day, row)) showFree(day, row);
}

// --- moving by keys ------------------------------------------------------------------------------------------------

// The places of a day from top to bottom: its sessions, and its free half hours.
function places(day) {
  const found = taken(day).map(({ link, row }) => ({ row, focus: () => link.focus() }));
  for (let row = 0; row < rowCount(); row += HALF_HOUR) {
    if (isFree(day, row)) found.push({ row, focus: () => { showFree(day, row); free.focus(); } });
  }
  return found.sort((one, other) => one.row - other.row);
}

function moveInWeek(key, focused) {
  const index = days.indexOf(focused.closest("[data-day]"));
  const atHead = !("row" in focused.dataset);
  const row = atHead ? -1 : Number(focused.dataset.row);
  if (key === "ArrowLeft" || key === "ArrowRight") {
    const day = days[index + (key === "ArrowLeft" ? -1 : 1)];
    if (!day) return;
    if (atHead) return day.querySelector("h2 a").focus();
    return (places(day).findLast((one) => one.row <= row) ?? places(day)[0])?.focus();
  }
  const all = places(days[index]);
  if (key === "ArrowDown") return all.find((one) => one.row > row)?.focus();
  (all.findLast((one) => one.row < row) ?? { focus: () => days[index].querySelector("h2 a").focus() }).focus();
}

function moveInMonth(key, focused) {
  const links = [...root.querySelectorAll("[data-date]")];
  const day = focused.closest("td")?.querySelector("[data-date]");
  const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 }[key];
  links[links.indexOf(day) + (day ? step : 1)]?.focus();
}

function moveInLines(key, focused) {
  if (key === "ArrowLeft" || key === "ArrowRight") return;
  const links = [...root.querySelectorAll(".day-head h2 a, .day-items a, .row-title")].filter((link) => link.checkVisibility());
  const here = links.findLastIndex((link) => link === focused || link.compareDocumentPosition(focused) & Node.DOCUMENT_POSITION_FOLLOWING);
  links[here + (key === "ArrowUp" ? -1 : 1)]?.focus();
}

function move(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey || !root.contains(event.target)) return;
  if (event.key.startsWith("Arrow")) {
    event.preventDefault();
    const go = kind === "month" ? moveInMonth : inColumns() ? moveInWeek : moveInLines;
    go(event.key, event.target);
  } else if (event.key === "PageUp" || event.key === "PageDown") {
    const link = document.querySelector(`[rel="${event.key === "PageUp" ? "prev" : "next"}"]`);
    if (!link) return;
    event.preventDefault();
    location.href = `${link.href}#calendar`;
  }
}

if (root) {
  root.addEventListener("pointermove", pointAt);
  root.addEventListener("click", pointAt);
  root.addEventListener("pointerleave", () => { if (document.activeElement !== free) holder.remove(); });
  if ("keys" in document.documentElement.dataset) {
    document.addEventListener("keydown", move);
    // Who came by PageUp or PageDown goes on from within the new page.
    if (location.hash === "#calendar") root.querySelector("[aria-current=date], h2 a, [data-date], a")?.focus();
  }
}

// --- working time --------------------------------------------------------------------------------------------------

document.querySelector("[data-copy-day]")?.addEventListener("click", () => {
  for (const monday of document.querySelectorAll("input[name*='-0-']")) {
    for (const weekday of [1, 2, 3, 4]) document.getElementsByName(monday.name.replace("-0-", `-${weekday}-`))[0].value = monday.value;
  }
});
