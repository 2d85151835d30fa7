// What every page does: live polling without disturbing the reader, times, mail frames, keyboard shortcuts, short messages.
"use strict";

const $ = (selector, root = document) => root.querySelector(selector);
const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
const isPoll = (detail) => detail.elt?.matches?.("[data-poll]") && !["click", "submit", "input"].includes(detail.requestConfig?.triggeringEvent?.type);

// Times -----------------------------------------------------------------------------------------------------------------
// In the language of the page, as the browser's region writes it where that is the same language; in the person's zone.
const spoken = document.documentElement.lang;
const locale = navigator.language.split("-")[0] === spoken.split("-")[0] ? undefined : spoken;
const inZone = (options) => new Intl.DateTimeFormat(locale, { ...options, timeZone: document.documentElement.dataset.zone });
const full = inZone({ dateStyle: "full", timeStyle: "short" });
const short = inZone({ day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
const day = inZone({ day: "numeric", month: "short" });
const year = inZone({ day: "numeric", month: "short", year: "numeric" });

function relative(date) {
  const seconds = (Date.now() - date) / 1000;
  const [now, minutes, hours, days] = document.body.dataset.ago.split("|");
  if (seconds < 45) return now;
  if (seconds < 3600) return minutes.replace("#", Math.max(1, Math.round(seconds / 60)));
  if (seconds < 86400) return hours.replace("#", Math.round(seconds / 3600));
  if (seconds < 7 * 86400) return days.replace("#", Math.round(seconds / 86400));
  return (date.getFullYear() === new Date().getFullYear() ? day : year).format(date);
}

function writeTimes(root = document) {
  for (const time of $$("time[data-time]", root)) {
    const date = new Date(time.dateTime);
    time.title = full.format(date);
    const words = time.dataset.time === "full" ? short.format(date) : relative(date);
    if (time.textContent !== words) time.textContent = words;
  }
}

function countDown() {
  for (const form of $$("form[data-until]")) {
    const left = Math.ceil((new Date(form.dataset.until) - Date.now()) / 1000);
    form.hidden = left <= 0;
    $("[data-count]", form).textContent = left > 0 ? left : "";
  }
}

// Live: what has a version is put in place; what is being read, typed in or pointed at stays where it is ----------------
let waiting = null;

function merge(html) {
  const fresh = new DOMParser().parseFromString(html, "text/html");
  let arrived = 0;
  let skipped = false;
  for (const next of $$("[data-version]", fresh)) {
    const now = document.getElementById(next.id);
    if (!now) arrived += insert(next);
    else if (now.dataset.version === next.dataset.version) continue;
    else if (now.contains(document.activeElement) && document.activeElement.matches("input, select, textarea")) skipped = true;
    else replace(now, next);
  }
  if (arrived) document.dispatchEvent(new CustomEvent("entries-arrived", { detail: arrived }));
  return !skipped;
}

function insert(next) {
  const parent = document.getElementById(next.parentElement.id);
  if (!parent) return 0;
  const before = next.previousElementSibling;
  const anchor = before && document.getElementById(before.id);
  const node = document.importNode(next, true);
  if (anchor) anchor.after(node); else if (before) parent.append(node); else parent.prepend(node);
  node.classList.add("is-new");
  htmx.process(node);
  writeTimes(node);
  return node.matches(".entry") ? 1 : 0;
}

function replace(now, next) {
  const node = document.importNode(next, true);
  now.replaceWith(node);
  htmx.process(node);
  writeTimes(node);
}

const numbers = (root) => $$("tbody tr", root).map((row) => row.id).join();

function holdBack(event) {
  const list = $("#list");
  const fresh = new DOMParser().parseFromString(event.detail.serverResponse, "text/html");
  if (numbers(fresh) === numbers(list) || !(list.matches(":hover") || list.contains(document.activeElement))) return;
  event.detail.shouldSwap = false;
  waiting = event.detail.serverResponse;
  list.dataset.etag = event.detail.xhr.getResponseHeader("ETag");
  showWaiting(true, arrivedIn(fresh, list));
}

function arrivedIn(fresh, list) {
  const known = new Set($$("tbody tr", list).map((row) => row.id));
  const count = $$("tbody tr", fresh).filter((row) => !known.has(row.id)).length;
  if (!count) return list.dataset.activity;
  return count === 1 ? list.dataset.one : list.dataset.many.replace("#", count);
}

function showWaiting(on, words = "") {
  let pill = $("#waiting");
  if (on && !pill) {
    pill = document.createElement("button");
    pill.id = "waiting";
    pill.className = "waiting";
    pill.addEventListener("click", release);
    $(".bar").append(pill);
  } else if (!on) pill?.remove();
  if (on) pill.textContent = words;
}

function release() {
  if (!waiting) return;
  const html = waiting;
  waiting = null;
  showWaiting(false);
  const known = new Set($$("#list tbody tr").map((row) => row.id));
  htmx.swap("#list", html, { swapStyle: "outerHTML" });
  markNew(known);
  document.dispatchEvent(new CustomEvent("list-shown"));
}

function markNew(known) {
  if (!known.size) return;
  for (const row of $$("#list tbody tr")) if (!known.has(row.id)) row.classList.add("is-new");
}

document.addEventListener("htmx:configRequest", (event) => {
  const { elt, headers, triggeringEvent } = event.detail;
  if (!elt.matches("[data-poll]") || triggeringEvent?.type === "submit") return;
  if (document.hidden) event.preventDefault();
  else if (elt.dataset.etag) headers["If-None-Match"] = elt.dataset.etag;
});

let before = new Set();
document.addEventListener("htmx:beforeSwap", (event) => {
  const { elt, xhr } = event.detail;
  before = new Set();
  if (elt.id !== "list" || !isPoll(event.detail) || xhr.status !== 200) return;
  before = new Set($$("#list tbody tr").map((row) => row.id));
  holdBack(event);
});

document.addEventListener("htmx:afterSwap", (event) => {
  markNew(before);
  before = new Set();
  if (event.detail.target?.id === "list") { waiting = null; showWaiting(false); }
  writeTimes();
  countDown();
});

document.addEventListener("htmx:afterRequest", (event) => {
  const { elt, xhr, successful } = event.detail;
  if (elt.id === "list" && xhr.status === 304) elt.dataset.etag = xhr.getResponseHeader("ETag") || "";
  if (!elt.matches?.("[data-live]") || !successful || xhr.status !== 200) return;
  const whole = merge(xhr.responseText);
  elt.dataset.etag = whole ? xhr.getResponseHeader("ETag") || "" : "";
  countDown();
});

document.addEventListener("mouseout", (event) => {
  if (waiting && event.target.closest?.("#list") && !event.relatedTarget?.closest?.("#list")) release();
});

// Short messages --------------------------------------------------------------------------------------------------------
function say(words) {
  const line = document.createElement("p");
  line.textContent = words;
  $("#said").replaceChildren(line);
  setTimeout(() => line.remove(), 6000);
}
document.addEventListener("say", (event) => say(event.detail.words));
document.addEventListener("htmx:responseError", (event) => { if (!isPoll(event.detail)) say(document.body.dataset.failed.replace("#", event.detail.xhr.status)); });
document.addEventListener("htmx:sendError", (event) => { if (!isPoll(event.detail)) say(document.body.dataset.unreachable); });

// Mail frames: as high as their mail; they run no script, so the page measures them --------------------------------------
function fit(frame) {
  const root = frame.contentDocument?.documentElement;
  const body = frame.contentDocument?.body;
  if (!root || !body) return;
  const measure = () => { frame.style.height = `${Math.ceil(body.getBoundingClientRect().height) + 2}px`; };
  measure();
  new ResizeObserver(measure).observe(body);
}
document.addEventListener("load", (event) => { if (event.target.matches?.("iframe.mail-frame")) fit(event.target); }, true);
document.addEventListener("toggle", (event) => { for (const frame of $$("iframe.mail-frame", event.target)) fit(frame); }, true);
document.addEventListener("click", (event) => { event.target.closest("a[data-once]")?.closest("p").classList.add("is-used"); });

// Keyboard --------------------------------------------------------------------------------------------------------------
function moveRow(step) {
  const links = $$("#list tbody a");
  const at = links.indexOf(document.activeElement);
  const next = links[at < 0 ? (step > 0 ? 0 : links.length - 1) : at + step];
  next?.focus();
}

const KEYS = {
  j: () => moveRow(1),
  k: () => moveRow(-1),
  "/": () => $("#search")?.focus(),
  "?": () => $("#shortcuts")?.showModal(),
  u: () => $("[data-back]")?.click(),
  r: () => write("reply"),
  f: () => write("forward"),
  c: () => write("collaboration"),
  n: () => write("note"),
};

function write(kind) {
  const choice = $(`#kind-${kind}`);
  if (!choice) return;
  choice.checked = true;
  choice.dispatchEvent(new Event("change", { bubbles: true }));
  ($("#composer .editor") ?? $("#composer textarea")).focus();
}

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input:not([type=radio]):not([type=checkbox]), textarea, select, [contenteditable]");
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.matches("[data-submit-keys]")) {
    event.preventDefault();
    event.target.closest("form").requestSubmit();
  } else if (event.key === "Escape" && typing) typing.blur();
  else if (!typing && !event.ctrlKey && !event.metaKey && !event.altKey && KEYS[event.key]) {
    event.preventDefault();
    KEYS[event.key]();
  }
});

document.addEventListener("click", (event) => {
  const row = event.target.closest("#list tbody tr");
  if (row && !event.target.closest("a, button, input") && !String(getSelection())) $("a", row)?.click();
});

// Dialogs and menus -------------------------------------------------------------------------------------------------------
document.addEventListener("htmx:afterSwap", (event) => {
  const { target } = event.detail;
  if (target?.id !== "dialog") return;
  if (!target.open) target.showModal();
  for (const menu of $$("details[data-menu][open]")) menu.open = false;
});
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-close-dialog]") && $("#dialog")?.open) { event.preventDefault(); $("#dialog").close(); }
  for (const menu of $$("details[data-menu][open]")) if (!menu.contains(event.target)) menu.open = false;
});
document.addEventListener("keydown", (event) => {
  const menu = event.key === "Escape" && event.target.closest("details[data-menu][open]");
  if (menu) { menu.open = false; $("summary", menu).focus(); }
});

// Start -----------------------------------------------------------------------------------------------------------------
if (matchMedia("(max-width: 991px)").matches) for (const details of $$("[data-open-when-wide]")) details.open = false;
$(".views [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
writeTimes();
countDown();
setInterval(writeTimes, 30000);
setInterval(countDown, 500);
for (const line of $$("#said p")) setTimeout(() => line.remove(), 6000);
for (const frame of $$("iframe.mail-frame")) if (frame.contentDocument?.readyState === "complete") fit(frame);

const scroller = $("[data-scroll]");
if (scroller && !location.hash) {
  let pinned = true;
  const toEnd = () => { if (pinned) scroller.scrollTop = scroller.scrollHeight; };
  scroller.addEventListener("wheel", () => { pinned = false; }, { passive: true });
  scroller.addEventListener("pointerdown", () => { pinned = false; });
  scroller.addEventListener("keydown", () => { pinned = false; });
  document.addEventListener("entries-arrived", () => { pinned = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < 400; toEnd(); });
  new ResizeObserver(toEnd).observe($("ol", scroller) ?? scroller.firstElementChild);
  toEnd();
}
