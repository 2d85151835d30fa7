// The administrators' pages: the side panel as a dialog with an address of its own, lists of entries, menus, copy.
"use strict";

(() => {
  const one = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const make = (tag, properties = {}) => Object.assign(document.createElement(tag), properties);
  const panel = () => one("dialog[data-panel]");
  let opener = "";
  let pushed = false;
  let dirty = false;

  // The panel: modal (the browser keeps the focus inside and gives it back), with a step in the history ------------------
  function open(dialog) {
    if (dialog.matches(":modal")) return;
    dialog.removeAttribute("open");
    dialog.showModal();
    dirty = false;
    const wanted = one("[autofocus], [aria-invalid='true']", dialog) || one(".panel-fields :is(input, select, textarea):not([type=hidden], .visually-hidden)", dialog);
    wanted?.focus();
    dialog.addEventListener("cancel", (event) => { event.preventDefault(); leave(); });
    dialog.addEventListener("pointerdown", (event) => { if (event.target === dialog) leave(); });
  }

  function close() {
    const dialog = panel();
    if (!dialog) return;
    dialog.close();
    one("#panel-slot").replaceChildren();
    dirty = false;
    (document.getElementById(opener) || one("#add-server"))?.focus();
  }

  function leave(force = false) {
    const question = one(".discard", panel());
    if (dirty && question && !force) {
      question.hidden = false;
      one("[data-keep]", question).focus();
      return;
    }
    const target = panel().dataset.list;
    close();
    if (pushed) history.back();
    else history.pushState(null, "", target);
    pushed = false;
  }

  function arrived() {
    const dialog = panel();
    if (!dialog) return;
    if (location.pathname + location.search !== dialog.dataset.url && location.pathname !== dialog.dataset.url) {
      if (pushed || location.pathname !== dialog.dataset.list) history.replaceState(null, "", dialog.dataset.url);
      else {
        history.pushState(null, "", dialog.dataset.url);
        pushed = true;
      }
    }
    open(dialog);
    prepare(dialog);
  }

  addEventListener("popstate", (event) => {
    if (event.state?.htmx) return;
    pushed = false;
    const dialog = panel();
    if (dialog && location.pathname !== dialog.dataset.url) close();
    else if (!dialog && one("#panel-slot") && location.pathname !== new URL(one("#servers").getAttribute("hx-get"), location).pathname) location.reload();
  });

  document.addEventListener("panel-done", (event) => {
    dirty = false;
    htmx.trigger(document.body, "servers-changed");
    leave(true);
    document.dispatchEvent(new CustomEvent("say", { detail: event.detail }));
  });

  // A form that comes back takes over what was typed while it was on its way ----------------------------------------------
  let sent = new Map();
  const typed = (form) => new Map(all("input:not([type=radio], [type=checkbox], [type=hidden], [type=file]), textarea", form).map((field) => [field.id, field.value]));
  document.addEventListener("htmx:beforeRequest", (event) => {
    const form = event.detail.elt.closest?.("#server-form");
    if (form) sent = typed(form);
    if (event.detail.target?.id === "panel-slot" && !event.detail.elt.closest("dialog")) {
      const button = event.detail.requestConfig.triggeringEvent?.submitter || event.detail.elt;
      opener = button.closest(".menu")?.querySelector("summary").id || button.id;
    }
  });
  let meanwhile = new Map();
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { target, elt } = event.detail;
    meanwhile = new Map();
    if (target?.id === "server-form") for (const [id, value] of typed(target)) if (sent.has(id) && sent.get(id) !== value) meanwhile.set(id, value);
    if (target?.id === "servers" && elt.id === "servers" && one("#servers details[open]")) event.detail.shouldSwap = false;
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    const { target, requestConfig, xhr } = event.detail;
    for (const [id, value] of meanwhile) {
      const field = document.getElementById(id);
      if (field) field.value = value;
    }
    meanwhile = new Map();
    if (target?.id === "panel-slot" || one("#server-form:not([data-ready])")) arrived();
    if (requestConfig?.elt.matches("form[data-filter]")) history.replaceState(null, "", xhr.responseURL);
  });
  document.addEventListener("htmx:afterSettle", () => {
    const faulty = one("#server-form [autofocus]");
    if (faulty) { faulty.focus(); faulty.removeAttribute("autofocus"); }
  });

  // Lists of entries: a text area of lines stays the truth, chips show it --------------------------------------------------
  function entries(area) {
    if (area.dataset.ready) return;
    area.dataset.ready = "1";
    const label = one(`label[for="${area.id}"]`);
    const box = make("div", { className: "entries" });
    const entry = make("input", { id: `${area.id}-entry`, type: "text", autocomplete: "off", spellcheck: false });
    label.htmlFor = entry.id;
    area.hidden = true;
    box.append(entry);
    area.after(box);
    const separators = new RegExp(`[\\n${area.dataset.entries.trim()}]`);
    const list = () => area.value.split("\n").map((line) => line.trim()).filter(Boolean);
    const set = (items) => {
      area.value = [...new Set(items)].join("\n");
      for (const chip of all(".chip", box)) chip.remove();
      for (const item of list()) entry.before(chipOf(item, () => { set(list().filter((other) => other !== item)); dirty = true; entry.focus(); }));
      entry.placeholder = area.value ? "" : area.placeholder;
    };
    const take = () => {
      const added = entry.value.split(separators).map((item) => item.trim()).filter(Boolean);
      if (added.length) set([...list(), ...added]);
      entry.value = "";
    };
    entry.addEventListener("keydown", (event) => {
      if (event.key === "Enter" || (area.dataset.entries.trim().includes(event.key) && event.key.length === 1)) {
        if (event.key === "Enter" && !entry.value.trim()) { event.preventDefault(); return; }
        event.preventDefault();
        take();
      } else if (event.key === "Backspace" && !entry.value) set(list().slice(0, -1));
    });
    entry.addEventListener("paste", () => setTimeout(() => { if (separators.test(entry.value)) take(); }));
    entry.addEventListener("blur", take);
    box.addEventListener("click", (event) => { if (event.target === box) entry.focus(); });
    set(list());
  }

  function chipOf(text, remove) {
    const chip = make("span", { className: "chip" });
    const button = make("button", { type: "button", textContent: "×" });
    button.setAttribute("aria-label", document.body.dataset.remove.replace("#", () => text));
    button.addEventListener("click", remove);
    chip.append(make("span", { textContent: text }), button);
    return chip;
  }

  function prepare(root) {
    const form = one("#server-form", root);
    if (form) form.dataset.ready = "1";
    for (const area of all("textarea[data-entries]", root)) entries(area);
  }

  // Small things ----------------------------------------------------------------------------------------------------------
  document.addEventListener("input", (event) => { if (event.target.closest("#server-form")) dirty = true; });
  document.addEventListener("change", async (event) => {
    const target = event.target.dataset?.readInto;
    if (!target || !event.target.files[0]) return;
    document.getElementById(target).value = await event.target.files[0].text();
    dirty = true;
  });
  document.addEventListener("click", (event) => {
    for (const menu of all("details.menu[open]")) if (!menu.contains(event.target) || event.target.closest(".menu-items")) menu.open = false;
    if (event.target.closest("[data-close]") && panel()) { event.preventDefault(); leave(); }
    if (event.target.closest("[data-keep]")) { event.target.closest(".discard").hidden = true; one("#panel-fields input:not([type=hidden])").focus(); }
    if (event.target.closest("[data-discard]")) leave(true);
    const copy = event.target.closest("[data-copy]");
    if (copy) {
      navigator.clipboard?.writeText(document.getElementById(copy.dataset.copy).value);
      document.dispatchEvent(new CustomEvent("say", { detail: { words: document.body.dataset.copied } }));
    }
  });
  document.addEventListener("toggle", (event) => {
    if (!event.target.matches?.("details.menu[open]")) return;
    const items = one(".menu-items", event.target);
    event.target.classList.toggle("is-up", items.getBoundingClientRect().bottom > innerHeight - 8);
  }, true);
  document.addEventListener("keydown", (event) => {
    const menu = event.target.closest?.("details.menu[open]");
    if (!menu) return;
    const items = all(".menu-items :is(a, button)", menu);
    const at = items.indexOf(document.activeElement);
    if (event.key === "Escape") { menu.open = false; one("summary", menu).focus(); }
    else if (event.key === "ArrowDown") { event.preventDefault(); items[(at + 1) % items.length].focus(); }
    else if (event.key === "ArrowUp") { event.preventDefault(); items[(at <= 0 ? items.length : at) - 1].focus(); }
  });

  arrived();
})();
