// The support portal: a pasted picture leaves its mark between the words, and a draft ends once the form was taken.
"use strict";

document.addEventListener("paste", (event) => {
  const text = event.target.closest?.("textarea[data-pictures]");
  if (!text) return;
  // composer.js attaches the files; here each picture is named at the place where it was pasted.
  for (const file of event.clipboardData.files) {
    if (!/^image\/(png|jpeg|gif|webp)$/.test(file.type)) continue;
    text.setRangeText(`[image: ${file.name}]`, text.selectionStart, text.selectionEnd, "end");
    text.dispatchEvent(new Event("input", { bubbles: true }));
  }
});

document.addEventListener("htmx:afterRequest", (event) => {
  const form = event.detail.elt.closest?.("form[data-draft]");
  if (form && event.detail.xhr.getResponseHeader("HX-Redirect")) sessionStorage.removeItem(form.dataset.draft);
});
