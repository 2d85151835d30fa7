// The technicians' composer: words with a little formatting, pictures in their place, files, canned replies, and drafts
// that the server keeps. Without this script the text area and the file field of the form do the same, plainly.
"use strict";

(() => {
  const RICH = "b, strong, i, em, u, ul, ol, a, img, blockquote, pre, code";
  const PICTURE = /^image\/(png|jpeg|gif|webp)$/;
  const AFTER = 800; // milliseconds of quiet until a draft is saved
  const make = (tag, properties = {}) => Object.assign(document.createElement(tag), properties);
  const tell = (words) => document.dispatchEvent(new CustomEvent("say", { detail: { words } }));
  const sizeOf = (count) => (count < 1e6 ? `${Math.max(1, Math.round(count / 1e3))} kB` : `${(count / 1e6).toFixed(1)} MB`);

  class Composer {
    constructor(form) {
      this.form = form;
      this.area = form.querySelector("textarea");
      this.drafts = new Map(JSON.parse(form.dataset.drafts).map((draft) => [draft.kind, draft]));
      this.kind = this.chosen();
      this.was = "";
      this.pending = 0;
      this.work = Promise.resolve();
      this.range = null;
      this.makeEditor();
      this.show(this.drafts.get(this.kind));
      this.listen();
    }

    chosen() { return this.form.querySelector("[name=kind]:checked").value; }
    mine(name) { return this.form.querySelector(`[name=${this.kind === "forward" ? "forward_" : ""}${name}]`); }

    makeEditor() {
      const { area } = this;
      this.editor = make("div", { className: "editor", contentEditable: "true", id: area.id });
      for (const [name, value] of Object.entries({ role: "textbox", "aria-multiline": "true", "data-submit-keys": "", "data-placeholder": area.placeholder })) this.editor.setAttribute(name, value);
      const label = this.form.querySelector(`label[for="${area.id}"]`);
      this.editor.setAttribute("aria-label", label.textContent);
      for (const name of ["aria-invalid", "aria-describedby"]) if (area.hasAttribute(name)) this.editor.setAttribute(name, area.getAttribute(name));
      const focus = area.autofocus;
      label.remove();
      area.removeAttribute("id");
      area.hidden = true;
      area.before(this.editor);
      this.form.querySelector(".format").hidden = false;
      this.form.querySelector("[data-files] input").removeAttribute("name"); // files are kept with the draft
      document.execCommand("defaultParagraphSeparator", false, "div");
      if (focus) setTimeout(() => this.focusEnd());
    }

    // The words of a draft in the editor, and its files below.
    show(draft) {
      this.editor.replaceChildren();
      this.files = [...(draft?.files ?? [])];
      if (draft?.html) {
        const page = new DOMParser().parseFromString(draft.html, "text/html");
        for (const picture of page.querySelectorAll("img")) {
          const file = this.files.find((one) => one.cid && picture.getAttribute("src") === `cid:${one.cid}`);
          if (file) picture.replaceWith(this.pictureOf(file)); else picture.remove();
        }
        this.editor.append(...document.adoptNode(page.body).childNodes);
      } else if (draft?.text) this.editor.append(...lines(draft.text));
      this.mark();
      this.showFiles();
    }

    pictureOf(file) {
      const picture = make("img", { src: file.url, alt: file.name });
      picture.dataset.cid = file.cid;
      return picture;
    }

    // What is sent: plain words where nothing is formatted, else HTML with cid: pictures (RFC 2392).
    content() {
      // In a document of its own, where no picture is loaded.
      const copy = new DOMParser().parseFromString(this.editor.innerHTML, "text/html").body;
      for (const picture of copy.querySelectorAll("img")) {
        if (!picture.dataset.cid) { picture.remove(); continue; }
        picture.setAttribute("src", `cid:${picture.dataset.cid}`);
        picture.removeAttribute("data-cid");
      }
      const text = this.editor.innerText.replace(/\u00a0/g, " ").replace(/\n+$/, "");
      return copy.querySelector(RICH) ? { text: "", html: copy.innerHTML } : { text, html: "" };
    }

    isEmpty() { return !this.editor.textContent.trim() && !this.editor.querySelector("img"); }
    mark() { this.editor.classList.toggle("is-empty", !this.editor.textContent && !this.editor.querySelector("img, li")); }
    focusEnd() { this.editor.focus(); getSelection().selectAllChildren(this.editor); getSelection().collapseToEnd(); }

    // One request after the other, so that an older draft never comes after a newer one.
    inTurn(step) {
      const done = this.work.then(step);
      this.work = done.catch(() => {});
      return done;
    }

    async post(url, fields, options = {}) {
      const body = new FormData();
      for (const [name, value] of Object.entries(fields)) body.append(name, value);
      const token = this.form.querySelector("[name=csrfmiddlewaretoken]").value;
      const answer = await fetch(url, { method: "POST", body, headers: { "X-CSRFToken": token }, ...options });
      const said = answer.headers.get("Content-Type")?.includes("json") ? await answer.json() : {};
      if (!answer.ok) throw new Error(said.error || answer.status);
      return said;
    }

    fields() {
      const fields = { kind: this.kind, was: this.was, ...this.content() };
      for (const name of ["to", "cc"]) if (this.kind === "reply" || this.kind === "forward") fields[name] = this.mine(name).value;
      this.was = "";
      return fields;
    }

    later() {
      this.form.querySelector("[data-draft-state]").textContent = "";
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.save(), AFTER);
    }

    save(options) {
      clearTimeout(this.timer);
      this.timer = null;
      const fields = this.fields();
      return this.inTurn(async () => {
        const state = this.form.querySelector("[data-draft-state]");
        try {
          const { saved } = await this.post(this.form.dataset.draftUrl, fields, options);
          state.textContent = saved ? state.dataset.saved : "";
          this.form.querySelector("[data-discard]").hidden = !saved;
        } catch { state.textContent = state.dataset.failed; }
      });
    }

    // Another kind of entry: its own draft where it has one, else the words go along.
    change() {
      const next = this.chosen();
      if (next === this.kind) return;
      const there = this.drafts.get(next);
      if (there) {
        this.drafts.set(this.kind, { kind: this.kind, ...this.content(), files: this.files });
        if (this.timer) this.save();
        this.kind = next;
        this.show(there);
      } else {
        this.drafts.delete(this.kind);
        this.was ||= this.kind;
        this.kind = next;
        if (!this.isEmpty() || this.files.length) this.later();
      }
    }

    upload(file, inline) {
      this.pending += 1;
      this.busy();
      if (this.timer || this.was) this.save();
      return this.inTurn(() => this.post(`${this.form.dataset.draftUrl}/files`, { kind: this.kind, file, inline: inline ? "1" : "" }))
        .then((kept) => {
          this.files.push(kept);
          if (inline) this.insert(this.pictureOf(kept)); else this.showFiles();
          this.later();
        }, (error) => tell(error.message))
        .finally(() => { this.pending -= 1; this.busy(); });
    }

    busy() { this.form.querySelector(".send").disabled = this.pending > 0; }

    showFiles() {
      this.form.querySelector(".file-chips").replaceChildren(...this.files.filter((file) => !file.inline).map((file) => {
        const item = make("li", { className: "chip" });
        const button = make("button", { type: "button", textContent: "×" });
        button.setAttribute("aria-label", document.body.dataset.remove.replace("#", () => file.name));
        button.addEventListener("click", () => this.remove(file));
        item.append(make("span", { textContent: file.name }), make("small", { textContent: sizeOf(file.size) }), button);
        return item;
      }));
    }

    remove(file) {
      this.files = this.files.filter((one) => one !== file);
      this.showFiles();
      this.inTurn(() => this.post(`${this.form.dataset.draftUrl}/files/${file.id}/remove`, {})).catch(() => {});
      this.later();
    }

    // Put something where the cursor was last.
    place() {
      if (!this.range || !this.editor.contains(this.range.commonAncestorContainer)) return this.focusEnd();
      this.editor.focus();
      getSelection().removeAllRanges();
      getSelection().addRange(this.range);
    }

    insert(node) {
      this.place();
      const range = getSelection().getRangeAt(0);
      range.deleteContents();
      range.insertNode(node);
      range.setStartAfter(node);
      range.collapse(true);
      this.changed();
    }

    write(words) {
      this.place();
      document.execCommand("insertText", false, words);
      this.changed();
    }

    changed() { this.mark(); this.later(); }

    command(name) {
      if (name === "picture") return this.form.querySelector("[data-picture]").click();
      this.place();
      if (name !== "link") document.execCommand(name);
      else {
        const address = prompt("https://", "https://");
        if (address && /^(https?:|mailto:)/.test(address)) document.execCommand("createLink", false, address);
      }
      this.changed();
    }

    async canned(url) {
      for (const menu of this.form.querySelectorAll("details[data-menu][open]")) menu.open = false;
      const answer = await fetch(url, { headers: { Accept: "application/json" } });
      if (answer.ok) this.write((await answer.json()).text);
    }

    paste(event) {
      const files = [...event.clipboardData.files];
      const words = event.clipboardData.getData("text/plain");
      if (!files.length && !this.editor.contains(event.target)) return;
      event.preventDefault();
      if (words) this.write(words);
      else for (const file of files) this.upload(file, PICTURE.test(file.type) && this.editor.contains(event.target));
    }

    along() {
      const ticked = [...this.form.querySelectorAll(".along :checked")];
      this.form.querySelector("[data-along]").textContent = `(${ticked.length})`;
    }

    forward(entry) {
      this.form.querySelector("#kind-forward").checked = true;
      for (const box of this.form.querySelectorAll(".along input")) box.checked = false;
      const box = this.form.querySelector(`.along [name=with_entries][value="${entry}"]`);
      for (const one of box?.closest("li").querySelectorAll("input") ?? []) one.checked = true;
      this.change();
      this.along();
      this.form.querySelector(".for-forward .chips input").focus();
    }

    listen() {
      const { form, editor } = this;
      editor.addEventListener("input", () => this.changed());
      form.addEventListener("input", (event) => { if (event.target.matches("[name=to], [name=cc], [name=forward_to], [name=forward_cc]") && !this.isEmpty()) this.later(); });
      form.addEventListener("change", (event) => {
        if (event.target.name === "kind") this.change();
        if (event.target.closest(".along")) this.along();
      });
      form.addEventListener("paste", (event) => this.paste(event));
      form.addEventListener("dragover", (event) => { event.preventDefault(); form.classList.add("is-over"); });
      form.addEventListener("dragleave", () => form.classList.remove("is-over"));
      form.addEventListener("drop", (event) => {
        event.preventDefault();
        form.classList.remove("is-over");
        for (const file of event.dataTransfer.files) this.upload(file, false);
      });
      for (const [selector, inline] of [["[data-files] input", false], ["[data-picture]", true]]) {
        const input = form.querySelector(selector);
        input.addEventListener("change", () => { for (const file of input.files) this.upload(file, inline); input.value = ""; });
      }
      form.addEventListener("mousedown", (event) => { if (event.target.closest("[data-command]")) event.preventDefault(); });
      form.addEventListener("click", (event) => {
        const button = event.target.closest("[data-command], [data-template]");
        if (button?.dataset.command) this.command(button.dataset.command);
        else if (button) this.canned(button.dataset.template);
      });
      form.querySelector("[data-filter]")?.addEventListener("input", (event) => {
        const word = event.target.value.trim().toLowerCase();
        for (const item of form.querySelectorAll(".templates li")) item.hidden = !item.textContent.toLowerCase().includes(word);
      });
      this.along();
    }
  }

  function lines(text) {
    return text.replace(/\r/g, "").split("\n").map((line) => {
      const row = make("div");
      row.append(line || document.createElement("br"));
      return row;
    });
  }

  let composer = null;
  function prepare() {
    const form = document.querySelector("form[data-draft-url]");
    if (form && composer?.form !== form) composer = new Composer(form);
  }

  document.addEventListener("selectionchange", () => {
    const selection = getSelection();
    if (composer && selection.rangeCount && composer.editor.contains(selection.anchorNode)) composer.range = selection.getRangeAt(0).cloneRange();
  });
  // Before it is sent or thrown away, what is on its way to the draft has to be there.
  document.addEventListener("htmx:confirm", (event) => {
    const { elt, issueRequest } = event.detail;
    if (!composer || (elt !== composer.form && !elt.matches("[data-discard]"))) return;
    event.preventDefault();
    if (composer.was) composer.save(); // the draft is of another kind yet, and its files with it
    clearTimeout(composer.timer);
    composer.timer = null;
    composer.work.finally(() => issueRequest(true));
  });
  document.addEventListener("htmx:configRequest", (event) => {
    if (!composer || event.detail.elt !== composer.form) return;
    const { text, html } = composer.content();
    event.detail.formData.set("text", text);
    event.detail.formData.set("html", html);
  });
  document.addEventListener("htmx:afterSettle", prepare);
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-forward]");
    if (!button || !composer) return;
    button.closest("details").open = false;
    composer.forward(button.dataset.forward);
  });
  addEventListener("pagehide", () => { if (composer?.timer) composer.save({ keepalive: true }); });
  prepare();
})();
