// Profile: what is chosen there counts from now on, whatever this browser kept before.
"use strict";
document.addEventListener("submit", (event) => { if (event.target.matches("[data-forget-theme]")) localStorage.removeItem("theme"); });
document.addEventListener("focusin", (event) => { if (event.target.matches("input[readonly]")) event.target.select(); });
