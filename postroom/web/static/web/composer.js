// The composer: addresses as chips, files by picker, drop and paste, a draft that outlives a reload, a word when mail arrives meanwhile.
"use strict";

(() => {
  const ADDRESS = /^[^\s@<>",;]+@[^\s@<>",;]+$/;
  const files = new Map(); // draft key -> File[]: a fault elsewhere in the form must not lose them
  const key = (form) => form.dataset.draft;
  const make = (tag, properties = {}) => Object.assign(document.createElement(tag), properties);

  // Chips: the named input stays the truth (a comma-separated list); the chips only show it.
  function chips(field) {
    if (field.dataset.ready) return;
    field.dataset.ready = "1";
    const truth = field.querySelector("input");
    const entry = truth.cloneNode();
    const box = make("span", { className: "chips" });
    truth.type = "hidden";
    truth.removeAttribute("id");
    truth.removeAttribute("autofocus");
    entry.removeAttribute("name");
    entry.value = "";
    box.append(entry);
    truth.after(box);
    const list = () => truth.value.split(",").map((item) => item.trim()).filter(Boolean);
    const set = (items) => {
      const before = truth.value;
      truth.value = [...new Set(items)].join(", ");
      if (before !== truth.value) truth.dispatchEvent(new Event("input", { bubbles: true }));
      for (const chip of box.querySelectorAll(".chip")) chip.remove();
      for (const item of list()) entry.before(chipOf(item, () => { set(list().filter((other) => other !== item)); entry.focus(); }));
      entry.placeholder = truth.value ? "" : "name@example.com";
    };
    const take = (words = entry.value) => {
      const pieces = words.split(/[,;\n\t]/);
      const spaced = words.trim().split(/\s+/);
      const typed = (pieces.length === 1 && spaced.length > 1 && spaced.every((item) => ADDRESS.test(item)) ? spaced : pieces).map((item) => item.replace(/^.*<([^>]*)>\s*$/, "$1").trim()).filter(Boolean);
      if (typed.length) set([...list(), ...typed]);
      entry.value = "";
    };
    entry.addEventListener("keydown", (event) => {
      if (["Enter", ",", ";"].includes(event.key) && entry.value.trim()) { event.preventDefault(); take(); }
      else if (event.key === "Enter" && !event.ctrlKey) event.preventDefault();
      else if (event.key === "Backspace" && !entry.value) set(list().slice(0, -1));
    });
    entry.addEventListener("paste", (event) => {
      const words = event.clipboardData.getData("text/plain");
      if (!/@.*[\s,;]/s.test(words)) return; // one address, or a part of one: as it is typed
      event.preventDefault();
      take(entry.value + words);
    });
    entry.addEventListener("blur", () => take());
    field.addEventListener("click", (event) => { if (event.target === field || event.target === box) entry.focus(); });
    set(list());
    if (entry.autofocus) entry.focus();
  }

  function chipOf(address, remove) {
    const chip = make("span", { className: ADDRESS.test(address) ? "chip" : "chip is-wrong" });
    const button = make("button", { type: "button", textContent: "×" });
    button.setAttribute("aria-label", document.body.dataset.remove.replace("#", () => address));
    button.addEventListener("click", remove);
    chip.append(make("span", { textContent: address }), button);
    return chip;
  }

  const sizeOf = (count) => (count < 1e6 ? `${Math.max(1, Math.round(count / 1e3))} kB` : `${(count / 1e6).toFixed(1)} MB`);

  function showFiles(form) {
    const chosen = files.get(key(form)) || [];
    const transfer = new DataTransfer();
    for (const file of chosen) transfer.items.add(file);
    const input = form.querySelector("[data-files] input");
    input.files = transfer.files;
    form.querySelector(".file-chips").replaceChildren(...chosen.map((file, index) => {
      const item = make("li", { className: "chip" });
      const button = make("button", { type: "button", textContent: "×" });
      button.setAttribute("aria-label", document.body.dataset.remove.replace("#", () => file.name));
      button.addEventListener("click", () => { chosen.splice(index, 1); showFiles(form); });
      item.append(make("span", { textContent: file.name }), make("small", { textContent: sizeOf(file.size) }), button);
      return item;
    }));
  }

  function addFiles(form, added) {
    if (!added.length) return;
    files.set(key(form), [...(files.get(key(form)) || []), ...added]);
    showFiles(form);
  }

  function prepare(form) {
    if (form.dataset.ready) return;
    form.dataset.ready = "1";
    for (const field of form.querySelectorAll("[data-chips]")) chips(field);
    if (form.dataset.draftUrl) return; // the technicians' composer: editor.js
    const text = form.querySelector("textarea");
    if (!text.value) text.value = sessionStorage.getItem(key(form)) || "";
    text.addEventListener("input", () => sessionStorage.setItem(key(form), text.value));
    form.querySelector("[data-files] input").addEventListener("change", (event) => addFiles(form, [...event.target.files]));
    form.addEventListener("dragover", (event) => { event.preventDefault(); form.classList.add("is-over"); });
    form.addEventListener("dragleave", () => form.classList.remove("is-over"));
    form.addEventListener("drop", (event) => {
      event.preventDefault();
      form.classList.remove("is-over");
      addFiles(form, [...event.dataTransfer.files]);
    });
    form.addEventListener("paste", (event) => {
      const pasted = [...event.clipboardData.files];
      if (pasted.length) { event.preventDefault(); addFiles(form, pasted); }
    });
    form.addEventListener("submit", () => { if (!form.matches("[hx-post]")) sessionStorage.removeItem(key(form)); });
    showFiles(form);
  }

  document.addEventListener("htmx:beforeSwap", (event) => {
    const { elt, xhr } = event.detail;
    if (elt.id !== "composer" || elt.dataset.draftUrl || xhr.status >= 300) return;
    sessionStorage.removeItem(key(elt));
    files.delete(key(elt));
  });
  document.addEventListener("htmx:afterSettle", () => {
    const form = document.getElementById("composer");
    if (form) prepare(form);
  });
  document.addEventListener("entries-arrived", () => {
    const form = document.getElementById("composer");
    const notice = document.getElementById("composer-notice");
    const writing = form && (form.querySelector(".editor")?.textContent || form.querySelector("textarea").value).trim();
    if (notice && writing) notice.textContent = notice.dataset.arrived ?? "Something new arrived while you were writing. Read it before you send.";
  });

  const form = document.getElementById("composer");
  if (form) prepare(form);
})();
