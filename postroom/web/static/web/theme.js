// Runs before the first paint: light or dark as the reader chose, else as their system says.
(() => {
  const wanted = () => localStorage.getItem("theme") || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
  const apply = () => { document.documentElement.dataset.bsTheme = wanted(); };
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", apply);
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-toggle-theme]")) return;
    localStorage.setItem("theme", wanted() === "dark" ? "light" : "dark");
    apply();
  });
  apply();
})();
