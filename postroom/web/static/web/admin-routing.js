// Email Preference, outgoing rules, proxies, limits: the panel as a dialog, unsaved changes, the order by drag, pickers.
"use strict";

(() => {
  const one = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const sheet = one("dialog[data-sheet]");
  const rules = one("#rules-form");
  let dirty = false;
  let going = false;

  // The panel is a page of its own: leaving it is following its link ------------------------------------------------------
  function focusFirst(root) {
    const wanted = document.getElementById(one("[data-focus]", root)?.dataset.focus || "") || one("[aria-invalid='true'], [data-first]", root);
    (wanted || one(".panel-fields :is(input:not([type=hidden]), select, textarea), .panel-fields button", root))?.focus();
  }

  function leave() {
    const question = one("[data-question]", sheet);
    if (dirty && question) {
      question.hidden = false;
      one("[data-stay]", question).focus();
    } else {
      going = true;
      location.assign(one("[data-leave]", sheet).href);
    }
  }

  if (sheet) {
    sheet.removeAttribute("open");
    sheet.showModal();
    sheet.addEventListener("cancel", (event) => { event.preventDefault(); if (!one(".picker[open]")) leave(); });
    sheet.addEventListener("pointerdown", (event) => { if (event.target === sheet) leave(); });
    focusFirst(sheet);
  } else one(".settings [aria-invalid='true']")?.focus();
  one(".tabs [aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" });

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-leave]")) { event.preventDefault(); leave(); }
    if (event.target.closest("[data-stay]")) { event.target.closest("[data-question]").hidden = true; focusFirst(sheet); }
    if (event.target.closest("[data-go]")) { dirty = false; leave(); }
    for (const picker of all(".picker[open]")) if (!picker.contains(event.target)) picker.open = false;
  });

  // Unsaved changes -------------------------------------------------------------------------------------------------------
  document.addEventListener("input", (event) => {
    const form = event.target.closest("form[data-unsaved]");
    if (!form || event.target.closest(".trial") || event.target.matches("[data-find]")) return;
    dirty = true;
    const note = one("[data-unsaved-note]", form);
    if (note) note.hidden = false;
  });
  document.addEventListener("submit", () => { going = true; });
  addEventListener("pageshow", () => { going = false; });
  addEventListener("beforeunload", (event) => { if (dirty && !going) event.preventDefault(); });

  // Pickers of several values: a list of boxes that says what is ticked -----------------------------------------------------
  document.addEventListener("change", (event) => {
    const picker = event.target.closest(".picker");
    if (!picker) return;
    const chosen = all("input:checked", picker).map((box) => box.parentElement.textContent.trim());
    one("[data-chosen]", picker).textContent = chosen.join(", ") || "Choose";
    one("summary", picker).setAttribute("aria-label", `Values: ${chosen.join(", ") || "none chosen"}`);
  });
  document.addEventListener("input", (event) => {
    if (!event.target.matches("[data-find]")) return;
    const words = event.target.value.trim().toLowerCase();
    for (const label of all("label", event.target.closest(".picker"))) label.hidden = !label.textContent.toLowerCase().includes(words);
  });
  document.addEventListener("toggle", (event) => {
    if (!event.target.matches?.(".picker[open]")) return;
    event.target.classList.remove("is-up");
    const room = one("#rules-scroll").getBoundingClientRect().bottom;
    event.target.classList.toggle("is-up", one(".picker-items", event.target).getBoundingClientRect().bottom > room);
    one("[data-find]", event.target)?.focus();
  }, true);

  if (!rules) return;

  // The order -------------------------------------------------------------------------------------------------------------
  const rows = () => all(".rules > .rule", rules);

  function renumber() {
    rows().forEach((row, index) => { one("[data-number]", row).textContent = index + 1; });
  }

  function settle() {
    dirty = true;
    htmx.trigger("#rules-refresh", "reordered");
  }

  function place(row, clientY) {
    const before = rows().find((other) => {
      const box = other.getBoundingClientRect();
      return clientY < box.top + box.height / 2;
    });
    const next = before || null;
    if (next === row || row.nextElementSibling === next) return;
    row.parentElement.insertBefore(row, next);
    renumber();
  }

  function towards(clientY) {
    const scroller = one("#rules-scroll");
    const box = scroller.getBoundingClientRect();
    if (clientY < box.top + 40) scroller.scrollTop -= 12;
    else if (clientY > box.bottom - 40) scroller.scrollTop += 12;
  }

  document.addEventListener("pointerdown", (event) => {
    const handle = event.target.closest("[data-drag]");
    if (!handle || event.button) return;
    const row = handle.closest(".rule");
    const before = rows().indexOf(row);
    event.preventDefault();
    handle.focus();
    handle.setPointerCapture(event.pointerId);
    row.classList.add("is-dragged");
    const move = (moved) => { towards(moved.clientY); place(row, moved.clientY); };
    const drop = () => {
      handle.removeEventListener("pointermove", move);
      row.classList.remove("is-dragged");
      if (rows().indexOf(row) !== before) settle();
    };
    handle.addEventListener("pointermove", move);
    handle.addEventListener("lostpointercapture", drop, { once: true });
  });

  document.addEventListener("keydown", (event) => {
    const handle = event.target.closest?.("[data-drag]");
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (handle && step) {
      event.preventDefault();
      const row = handle.closest(".rule");
      const to = rows()[rows().indexOf(row) + step];
      if (!to) return;
      if (step < 0) to.before(row); else to.after(row);
      renumber();
      handle.focus();
      settle();
    } else if (event.key === "Enter" && event.target.id === "try-request") {
      event.preventDefault();
      one("#try").click();
    } else if (event.key === "Escape") {
      const picker = event.target.closest?.(".picker[open]");
      if (!picker) return;
      event.preventDefault();
      picker.open = false;
      one("summary", picker).focus();
    }
  });

  // After an edit: the new row gets the focus, and what Update would change is known ---------------------------------------
  document.addEventListener("htmx:afterSettle", () => {
    const foot = one("#rules-foot");
    dirty = foot.dataset.changed !== "0";
    const wanted = foot.dataset.focus && document.getElementById(foot.dataset.focus);
    foot.dataset.focus = "";
    if (!wanted) return;
    (wanted.disabled ? one("[data-drag]", wanted.closest(".rule")) : wanted).focus();
    wanted.scrollIntoView({ block: "nearest" });
  });
})();
