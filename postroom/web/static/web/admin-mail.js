// The mail log and the audit: selecting rows, moving by keyboard, the reader's time zone, notices that stay.
"use strict";

(() => {
  const boxes = () => $$("#list tbody input[name=mail]");

  function count() {
    const all = boxes();
    const chosen = all.filter((box) => box.checked).length;
    for (const master of $$("[data-select-page]")) {
      master.checked = chosen > 0 && chosen === all.length;
      master.indeterminate = chosen > 0 && chosen < all.length;
    }
    for (const label of $$("[data-selected]")) label.textContent = label.dataset.selected.replace("#", chosen);
  }

  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-select-page]")) {
      const some = boxes().some((box) => box.checked);
      const on = event.target.closest(".bulk") ? event.target.checked && !some : event.target.checked;
      for (const box of boxes()) box.checked = on;
    }
    if (event.target.matches("[data-select-page], input[name=mail]")) count();
  });

  // The cell of a checkbox belongs to the checkbox: a click beside it must not open the mail.
  let last = null;
  document.addEventListener("click", (event) => {
    const cell = event.target.closest("#list tbody .l-check");
    if (!cell) return;
    event.stopPropagation();
    const box = $("input", cell);
    if (event.target !== box) box.checked = !box.checked;
    if (event.shiftKey && last?.isConnected) {
      const all = boxes();
      const [from, to] = [all.indexOf(last), all.indexOf(box)].sort((one, other) => one - other);
      for (const between of all.slice(from, to + 1)) between.checked = box.checked;
    }
    last = box;
    count();
  }, true);

  // A poll puts a new list in place: what was selected stays so.
  let kept = new Set();
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.target?.id === "list") kept = new Set(boxes().filter((box) => box.checked).map((box) => box.value));
  });
  document.addEventListener("htmx:afterSwap", () => {
    for (const box of boxes()) if (kept.has(box.value)) box.checked = true;
    kept = new Set();
    count();
    zones();
  });
  // Nor does it close a question that is being answered.
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.detail.elt.matches?.("#list, #case") && $(".pop:popover-open")) event.preventDefault();
  });

  // j and k go from mail to mail, x selects one: the links to requests are skipped.
  document.addEventListener("keydown", (event) => {
    if (!["j", "k", "x"].includes(event.key) || event.ctrlKey || event.metaKey || event.altKey || !$("#list .log")) return;
    if (event.target.closest("input:not([type=checkbox]), textarea, select")) return;
    const links = $$("#list tbody a.open");
    const at = links.findIndex((link) => link.closest("tr").contains(document.activeElement));
    event.preventDefault();
    event.stopImmediatePropagation();
    if (event.key === "x") {
      const box = links[at] && $("input[name=mail]", links[at].closest("tr"));
      if (box) { box.checked = !box.checked; count(); }
      return;
    }
    const step = event.key === "j" ? 1 : -1;
    (links[at < 0 ? (step > 0 ? 0 : links.length - 1) : at + step] ?? links[at])?.focus();
  }, true);

  function zones() {
    for (const input of $$("[data-timezone]")) input.value = Intl.DateTimeFormat().resolvedOptions().timeZone || "";
  }

  // What came of an action stays until the reader has put it away: here it is too important for a line that fades.
  const place = $("[data-notices]");
  if (place) {
    for (const line of $$("#said p")) {
      const notice = document.createElement("p");
      notice.textContent = line.textContent;
      const close = document.createElement("button");
      close.type = "button";
      close.className = "quiet-button";
      close.ariaLabel = place.dataset.notices;
      close.textContent = "×";
      close.addEventListener("click", () => notice.remove());
      notice.append(close);
      place.append(notice);
      line.remove();
    }
    place.setAttribute("role", "status");
  }

  zones();
  count();
})();
