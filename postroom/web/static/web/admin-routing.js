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
    // Browsers let a dialog refuse its closing only now and then, so Escape is taken before it comes to that.
    sheet.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.preventDefault();
      const picker = one(".picker[open]", sheet);
      if (!picker) return leave();
      picker.open = false;
      one("summary", picker).focus();
    });
    sheet.addEventListener("cancel", (event) => { event.preventDefault(); leave(); });
    sheet.addEventListener("close", () => { sheet.showModal(); leave(); });
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
    one("[data-chosen]", picker).textContent = chosen.join(", ") || one("summary", picker).dataset.none;
    one("summary", picker).setAttribute("aria-label", one("summary", picker).dataset.values.replace("#", () => chosen.join(", ") || one("summary", picker).dataset.noneChosen));
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
    const order = rows();
    order.forEach((row, index) => {
      one("[data-number]", row).textContent = index + 1;
      const handle = one("[data-drag]", row);
      handle.setAttribute("aria-label", handle.getAttribute("aria-label").replace(/\d+/, index + 1));
      one("[data-move='-1']", row).disabled = index === 0;
      one("[data-move='1']", row).disabled = index === order.length - 1;
    });
  }

  // The row itself stays where it is in the document and the others pass it: so it keeps pointer and focus.
  function moveTo(row, to) {
    const from = rows().indexOf(row);
    const passed = from < to ? rows().slice(from + 1, to + 1) : rows().slice(to, from);
    if (from < to) row.before(...passed); else row.after(...passed);
    renumber();
  }

  function settle() {
    dirty = true;
    rules.dispatchEvent(new Event("change"));
  }

  function place(row, clientY) {
    const others = rows().filter((other) => other !== row);
    const to = others.filter((other) => {
      const box = other.getBoundingClientRect();
      return clientY > box.top + box.height / 2;
    }).length;
    if (to !== rows().indexOf(row)) moveTo(row, to);
  }

  function moveBy(row, step) {
    const to = rows().indexOf(row) + step;
    if (to < 0 || to >= rows().length) return;
    moveTo(row, to);
    row.scrollIntoView({ block: "nearest" });
    settle();
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-move]");
    if (!button) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    moveBy(button.closest(".rule"), Number(button.dataset.move));
    if (button.disabled) one("[data-drag]", button.closest(".rule")).focus();
  }, true);

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
      moveBy(handle.closest(".rule"), step);
    } else if (event.key === "Enter" && event.target.id === "try-request") {
      event.preventDefault();
      one("#try").click();
    }
  });

  // After an edit: what was typed meanwhile stays, the new row gets the focus, what Update would change is known ----------
  const drafts = (event) => event.detail.requestConfig?.path === rules.getAttribute("hx-post");
  const typed = () => new Map(all("input:not([type=hidden], [type=checkbox]), select", rules).filter((field) => field.id).map((field) => [field.id, field.value]));
  let sent = new Map();
  let meanwhile = [];
  document.addEventListener("htmx:beforeRequest", (event) => { if (drafts(event)) sent = typed(); });
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (drafts(event)) meanwhile = [...typed()].filter(([id, value]) => sent.has(id) && sent.get(id) !== value);
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    if (!drafts(event)) return;
    for (const [id, value] of meanwhile) {
      const field = document.getElementById(id);
      if (field) field.value = value;
    }
    const foot = one("#rules-foot");
    dirty = foot.dataset.changed !== "0" || meanwhile.length > 0;
    meanwhile = [];
    const wanted = foot.dataset.focus && document.getElementById(foot.dataset.focus);
    foot.dataset.focus = "";
    if (!wanted) return;
    wanted.focus();
    wanted.scrollIntoView({ block: "nearest" });
  });
})();
