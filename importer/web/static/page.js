// What makes the page nicer; everything works without it. No framework, no build, nothing from elsewhere.
"use strict";
document.documentElement.classList.add("js");

function status(text, onlySpoken = false) {
  const place = document.getElementById("status");
  if (!place || place.textContent === text) return;
  const said = document.createElement("span");
  said.textContent = text;
  if (onlySpoken) said.className = "only-spoken";
  place.replaceChildren(said);
}

// What a page tells once stands in its [#told]; it is said where screen readers listen, and stays in its place.
function tell(page) {
  const told = page.getElementById("told");
  if (told?.textContent.trim()) status(told.textContent.trim(), told.classList.contains("only-spoken"));
}
tell(document);

const parsed = (text) => new DOMParser().parseFromString(text, "text/html");

// Parts of a page that its server changes are [data-swap] with an id: they are put in place of the old ones; the focus
// is kept, and what is being typed, but for what was just sent (`form`, with `body`). Only who still is where that was
// sent is led on: the keys of whoever types elsewhere by now would go to another cell.
function swap(text, focus, form, body) {
  const fresh = parsed(text), active = document.activeElement;
  const keep = active?.id ? { id: active.id, start: active.selectionStart, end: active.selectionEnd } : null;
  const isTyped = (one) => one.value !== one.defaultValue && (one.form !== form || one.value !== body.get(one.name));
  const typed = [...document.querySelectorAll("[data-swap] input[id]")].filter(isTyped);
  if (typed.includes(active) || (active !== document.body && !form?.contains(active))) focus = null;
  tell(fresh);
  for (const part of document.querySelectorAll("[data-swap]")) {
    const now = fresh.getElementById(part.id);
    const scrolled = part.querySelector(".scroll")?.scrollTop ?? 0;
    if (now) { part.replaceWith(document.adoptNode(now)); const again = now.querySelector(".scroll"); if (again) again.scrollTop = scrolled; }
  }
  for (const one of typed) {
    const now = document.getElementById(one.id);
    if (!now) continue;
    now.value = one.value;
    // typed over what stood there then: the server asks, where that is another text by now
    if (one.form !== form && one.form.elements.was) now.form.elements.was.value = one.form.elements.was.value;
  }
  const wanted = focus ? focus() : keep && document.getElementById(keep.id);
  if (wanted) {
    wanted.focus({ preventScroll: !focus });
    // what was selected stays selected: the next key replaces it
    if (!focus && keep?.start != null) wanted.setSelectionRange(keep.start, keep.end);
  } else if (keep) {
    (document.querySelector("[data-swap] h2[tabindex]") || document.getElementById("main")).focus();
  }
}

// While a button or key is held down nothing is put in another's place: the click would be lost.
let held = false;
const waiting = [];
const free = () => (held ? new Promise((go) => waiting.push(go)) : Promise.resolve());
for (const name of ["pointerdown", "keydown"]) addEventListener(name, () => { held = true; });
for (const name of ["pointerup", "pointercancel", "keyup", "dragend", "blur"]) {
  addEventListener(name, () => { held = false; setTimeout(() => waiting.splice(0).forEach((go) => go())); });
}

// Answers may overtake each other: one that was asked for before something was kept shows what stood there before.
let asked = 0, kept = 0, sent = 0;

// What somebody is typing is not taken away: the session that has ended is told when it is sent.
function typed() {
  const at = document.activeElement;
  return at instanceof HTMLInputElement && at.value !== at.defaultValue;
}

async function refresh() {
  const turn = ++asked;
  try {
    const answer = await fetch(location.href, { headers: { accept: "text/html" } });
    if (answer.status === 401) { if (!typed()) location.reload(); return; }
    if (!answer.ok) return;
    const text = await answer.text();
    await free();
    if (turn < kept) return;
    kept = turn;
    if (parsed(text).querySelector("[data-swap]")) swap(text);
    else location.reload();
  } catch { status(document.body.dataset.waits); }
}

// The form as it stands now: while it was on its way the page may have come anew, with another in its place.
function inPlace(form) {
  return form.isConnected ? form : document.getElementById(form.querySelector("[id]")?.id)?.closest("form");
}

// Forms that are sent without leaving the page.
async function send(form, button, focus) {
  const body = new URLSearchParams(new FormData(form));
  if (button && button.name) body.set(button.name, button.value);
  form.dataset.busy = "true";
  const turn = ++asked;
  try {
    const answer = await fetch(form.action, { method: "POST", body });
    if (answer.status === 401) { location.reload(); return; }
    const text = await answer.text();
    if (!answer.ok && answer.status !== 409) {
      status(parsed(text).querySelector("[role=alert]")?.textContent.trim() || answer.statusText);
      return;
    }
    await free();
    if (turn < sent && answer.ok) { refresh(); return; } // it shows nothing of what was sent after it and answered before
    sent = Math.max(sent, turn);
    kept = ++asked;
    if (document.querySelector("[data-swap]")) swap(text, focus, inPlace(form), body);
    else location.assign(answer.url);
  } catch { status(document.body.dataset.offline); } finally { delete form.dataset.busy; }
}

const cells = () => [...document.querySelectorAll("input[data-cell]")];

function focusAfter(place) {
  return () => { const now = cells(); return now[Math.min(place, now.length - 1)] || null; };
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("form[data-inline]")) return;
  event.preventDefault();
  if (form.dataset.busy) return;
  const cell = form.querySelector("input[data-cell]");
  const place = cell ? cells().indexOf(cell) : -1;
  const before = cells().map((one) => one.id);
  send(form, event.submitter, cell ? () => {
    // Enter goes on to the next wrong cell: where this one is right now, that stands in its place.
    const same = document.getElementById(cell.id);
    if (!same) return focusAfter(place)();
    const next = before.slice(place + 1).map((id) => document.getElementById(id)).find(Boolean);
    return same.dataset.stays === "wrong" ? same : next || same;
  } : null);
});

// A cell is kept when its form is left: whoever goes on to one of its buttons says there what to do with it.
document.addEventListener("focusout", (event) => {
  const form = event.target.form, cell = form?.querySelector("input[data-cell]");
  if (!cell || form.contains(event.relatedTarget)) return;
  setTimeout(async () => {
    await free();
    if (cell.isConnected && cell.value !== cell.defaultValue && !form.dataset.busy && !form.contains(document.activeElement)) send(form, null, null);
  }, 150);
});

// Whoever leaves the page has kept what was typed.
addEventListener("pagehide", () => {
  for (const cell of cells()) {
    if (cell.value !== cell.defaultValue && !cell.form.dataset.busy) navigator.sendBeacon(cell.form.action, new URLSearchParams(new FormData(cell.form)));
  }
});

document.addEventListener("keydown", (event) => {
  const active = document.activeElement;
  if (event.key === "Escape" && active?.matches("input[data-cell]")) {
    active.value = active.defaultValue;
    active.select();
  }
  const isZ = event.key.toLowerCase() === "z" || (event.code === "KeyZ" && !/^[a-z]$/i.test(event.key)); // Я on a Russian one
  if (isZ && (event.ctrlKey || event.metaKey) && !event.shiftKey) {
    const typed = active?.matches("input, textarea") && active.value !== active.defaultValue;
    const undo = document.querySelector("button[data-undo]")?.form;
    if (!typed && undo) { event.preventDefault(); undo.requestSubmit(); }
  }
});

// A file that is dropped, and how far it is on its way.
const upload = document.getElementById("upload");
if (upload) {
  const zone = upload.querySelector(".dropzone"), input = upload.querySelector("input[type=file]");
  const bar = document.getElementById("upload-progress");
  const chosen = document.getElementById("chosen");
  input.addEventListener("change", () => { chosen.textContent = input.files[0]?.name ?? ""; chosen.hidden = !chosen.textContent; });
  for (const name of ["dragenter", "dragover"]) zone.addEventListener(name, (event) => { event.preventDefault(); zone.classList.add("over"); });
  for (const name of ["dragleave", "drop"]) zone.addEventListener(name, (event) => { event.preventDefault(); zone.classList.remove("over"); });
  zone.addEventListener("drop", (event) => {
    const { files } = event.dataTransfer;
    if (files.length > 1) status(document.body.dataset.several);
    else if (files.length && !upload.dataset.busy) { input.files = files; upload.requestSubmit(); }
  });
  addEventListener("pageshow", () => delete upload.dataset.busy);
  upload.addEventListener("submit", (event) => {
    event.preventDefault();
    if (upload.dataset.busy) return;
    upload.dataset.busy = "true"; // pressed twice it would be there twice
    const request = new XMLHttpRequest();
    request.open("POST", upload.action);
    request.addEventListener("loadend", () => { if (!request.status || request.status >= 400) delete upload.dataset.busy; });
    request.upload.addEventListener("progress", (sent) => { bar.hidden = false; bar.max = sent.total || 1; bar.value = sent.loaded; });
    request.addEventListener("load", () => {
      if (request.status < 400) { location.assign(request.responseURL); return; }
      if (request.status === 401) { location.reload(); return; } // which says that the session has ended
      status(parsed(request.responseText).querySelector("[role=alert]")?.textContent.trim() || request.statusText);
      bar.hidden = true;
    });
    request.addEventListener("error", () => { bar.hidden = true; status(document.body.dataset.broken); });
    request.send(new FormData(upload));
  });
}

// What the server tells while the page is open and seen: a browser keeps few connections to one server.
const live = document.querySelector("[data-live]")?.dataset.live;
let source = null, due = 0, lost = 0;
function listen() {
  if (document.hidden) { source?.close(); source = null; return; }
  if (source) return;
  source = new EventSource(live);
  source.addEventListener("changed", () => { clearTimeout(due); due = setTimeout(refresh, 50); });
  // a browser asks again after some three seconds, also where the server only ended what it told
  source.addEventListener("error", () => { if (source?.readyState === EventSource.CONNECTING) lost ||= setTimeout(() => status(document.body.dataset.waits), 5000); });
  source.addEventListener("open", () => {
    if (!lost) return;
    clearTimeout(lost);
    lost = 0;
    status("");
    refresh(); // what happened meanwhile was not told
  });
}
if (live) {
  listen();
  document.addEventListener("visibilitychange", () => { if (!document.hidden) refresh(); listen(); });
}

// A page that waits for something looks again by itself, also where the server is away for a while.
async function look() {
  const part = document.querySelector("[data-again]");
  try {
    const answer = await fetch(location.href, { headers: { accept: "text/html" } });
    const now = parsed(await answer.text()).querySelector("[data-again]");
    if (!now) { location.reload(); return; }
    part.replaceWith(now);
    status("");
  } catch { status(document.body.dataset.waits); }
  setTimeout(look, Number(part.dataset.again));
}
const again = document.querySelector("[data-again]");
if (again) setTimeout(look, Number(again.dataset.again));
