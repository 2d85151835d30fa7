// The list of requests: rows that are selected stay selected while the list is swapped, by pointer and by keyboard.
"use strict";

const selected = new Set();
let anchor = null;

const boxes = () => $$("#list tbody input[name=number]");

function showSelection() {
  const all = boxes();
  const shown = new Set(all.map((box) => box.value));
  for (const number of selected) if (!shown.has(number)) selected.delete(number);
  for (const box of all) {
    box.checked = selected.has(box.value);
    box.closest("tr").classList.toggle("is-selected", box.checked);
  }
  const whole = $("#pick-all");
  if (whole) {
    whole.checked = all.length > 0 && selected.size === all.length;
    whole.indeterminate = selected.size > 0 && selected.size < all.length;
  }
  const bar = $("#bulk");
  const words = $(".bulk-count", bar);
  const { one, many } = words.dataset;
  const said = selected.size === 1 ? one : many.replace("#", selected.size);
  if (selected.size && words.textContent !== said) words.textContent = said;
  bar.classList.toggle("is-open", selected.size > 0);
  if (selected.size) htmx.trigger("#bulk-fields", "selected");
}

function pick(box, on) {
  if (on) selected.add(box.value); else selected.delete(box.value);
}

function pickTo(box, on) {
  const all = boxes();
  const from = all.findIndex((one) => one.value === anchor);
  const to = all.indexOf(box);
  if (from < 0) return pick(box, on);
  for (const one of all.slice(Math.min(from, to), Math.max(from, to) + 1)) pick(one, on);
}

function unselect() {
  selected.clear();
  anchor = null;
  showSelection();
}

document.addEventListener("click", (event) => {
  const box = event.target.closest("#list input[type=checkbox]");
  if (event.target.closest("[data-unselect]")) unselect();
  if (!box) return;
  if (box.id === "pick-all") for (const one of boxes()) pick(one, box.checked);
  else {
    if (event.shiftKey) pickTo(box, box.checked); else pick(box, box.checked);
    anchor = box.value;
  }
  showSelection();
});

// The cell around a box is as good as the box.
document.addEventListener("click", (event) => {
  const cell = event.target.closest("#list tbody .c-pick");
  if (!cell || event.target.matches("input")) return;
  event.stopPropagation();
  $("input", cell).click();
}, true);

KEYS.x = () => {
  const row = document.activeElement.closest("#list tbody tr");
  if (!row) return;
  const box = $("input[name=number]", row);
  pick(box, !selected.has(box.value));
  anchor = box.value;
  showSelection();
};
for (const [key, step] of [["J", 1], ["K", -1]]) {
  KEYS[key] = () => {
    const row = document.activeElement.closest("#list tbody tr");
    if (row) pick($("input[name=number]", row), true);
    moveRow(step);
    const next = document.activeElement.closest("#list tbody tr");
    if (next) pick($("input[name=number]", next), true);
    showSelection();
  };
}

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || document.querySelector("dialog[open]")) return;
  const panel = $("#filters");
  if (panel?.open) { panel.open = false; $("summary", panel).focus(); }
  else if (selected.size && !event.target.matches("input:not([type=checkbox]), textarea, select")) unselect();
});

document.addEventListener("click", (event) => {
  const panel = $("#filters");
  if (panel?.open && !panel.contains(event.target)) panel.open = false;
});

// The search keeps the view and the filters of the address; the panel starts anew when the address has changed.
document.addEventListener("htmx:afterSettle", (event) => { if (event.detail.target?.id === "list") showSelection(); });
document.addEventListener("list-shown", showSelection);
document.addEventListener("list-changed", () => { for (const field of $$("#bulk select")) field.value = ""; });

// htmx asks what the form says, not what the button that was pressed says.
document.addEventListener("htmx:confirm", (event) => {
  const { elt, triggeringEvent, issueRequest } = event.detail;
  const question = elt.id === "bulk" && triggeringEvent?.submitter?.dataset.confirm;
  if (!question) return;
  event.preventDefault();
  if (confirm(question)) issueRequest(true);
});
