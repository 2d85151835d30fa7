// Runs before the first paint: light or dark as chosen in this browser, else on Profile, else as the system says.
(() => {
  const wanted = () => localStorage.getItem("theme") || document.documentElement.dataset.theme || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
  const apply = () => { document.documentElement.dataset.bsTheme = wanted(); };
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", apply);
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-toggle-theme]")) return;
    localStorage.setItem("theme", wanted() === "dark" ? "light" : "dark");
    apply();
  });
  apply();
})();
