// The editor of notifications and announcements: placeholders at the cursor, and a preview that follows what is typed.
"use strict";

(() => {
  const one = (selector, root = document) => root.querySelector(selector);
  const form = one("#template-form");
  const show = one("#preview-now");
  let field = document.activeElement.matches("[data-insert]") ? document.activeElement : one("#f-text");
  let soon = 0;

  for (const ask of document.querySelectorAll("[data-ask]")) ask.addEventListener("click", () => one(ask.dataset.ask).showModal());
  for (const shut of document.querySelectorAll("[data-shut]")) shut.addEventListener("click", () => shut.closest("dialog").close());
  if (!form) return;

  // The preview is no leaving of the page: the guard of unsaved changes must not take it for that.
  form.addEventListener("submit", (event) => { if (event.submitter === show) event.stopPropagation(); });
  const preview = () => form.requestSubmit(show);
  const previewSoon = (wait) => { clearTimeout(soon); soon = setTimeout(preview, wait); };

  form.addEventListener("input", (event) => {
    if (event.target.matches("[data-insert], [data-preview-of]")) previewSoon(350);
    if (event.target.matches("[data-preview-of], [data-other-language]")) event.stopPropagation();
  });
  form.addEventListener("focusin", (event) => { if (event.target.matches("[data-insert]")) field = event.target; });

  form.addEventListener("click", (event) => {
    const name = event.target.closest("[data-placeholder]")?.dataset.placeholder;
    if (!name) return;
    const details = field.closest("details");
    if (details) details.open = true;
    field.focus();
    field.setRangeText(`{{ ${name} }}`, field.selectionStart, field.selectionEnd, "end");
    field.dispatchEvent(new Event("input", { bubbles: true }));
  });

  form.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.target.matches("textarea, button, summary, a")) return;
    event.preventDefault();
    const other = event.target.dataset.otherLanguage;
    if (other && event.target.value.trim()) location.assign(`${other}?language=${encodeURIComponent(event.target.value.trim())}`);
    else preview();
  });

  preview();
})();
