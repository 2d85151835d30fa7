// Lists of boxes that are narrowed by what is typed above them.
"use strict";

(() => {
  document.addEventListener("input", (event) => {
    const target = event.target.dataset?.narrow;
    if (!target) return;
    event.stopPropagation();
    const words = event.target.value.trim().toLowerCase();
    for (const label of document.getElementById(target).children) label.hidden = !label.textContent.toLowerCase().includes(words);
  }, true);

  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.dataset?.narrow) event.preventDefault();
  });
})();
