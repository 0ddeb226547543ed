// Follows along: asks for the page itself, which is answered once it shows something new, and puts that in.
// What a form does is posted from here too, so that nothing is loaded anew: focus, what is open and what was typed stay.
"use strict";

const PATIENCE = "25s"; // how long one question may take
const PAUSE = 250; // milliseconds between two of them, however much happens
const news = document.getElementById("news");
const sources = new WeakMap(); // what was received for an element, which openness and focus do not change
let seen = document.body.dataset.state;
let question = new AbortController();
let lastNumber = newest(document);
let received = performance.now();
let wasLost = false;

// --- putting in what is new ------------------------------------------------------------------------------------------

const sourceOf = element => sources.get(element) ?? element.innerHTML;

function update(page) {
  const focused = document.activeElement;
  for (const fresh of page.querySelectorAll("[data-live]")) {
    const old = document.getElementById(fresh.id);
    if (fresh.dataset.live === "items") updateItems(old, fresh);
    else if (sourceOf(old) !== fresh.innerHTML) replace(old, fresh);
  }
  document.title = page.title;
  seen = page.body.dataset.state;
  received = performance.now();
  refocus(focused);
}

function replace(old, fresh) {
  const scroll = old.querySelector(".scroll");
  const left = scroll?.scrollLeft ?? Infinity;
  const wasAtEnd = !scroll || left + scroll.clientWidth >= scroll.scrollWidth - 4;
  sources.set(old, fresh.innerHTML);
  old.replaceChildren(...fresh.childNodes);
  const renewed = old.querySelector(".scroll");
  if (renewed) renewed.scrollLeft = wasAtEnd ? renewed.scrollWidth : left;
}

// Items that are as they were stay the same elements; one that has changed stays open if it was.
function updateItems(list, fresh) {
  const known = new Map();
  for (const item of list.children) known.set(sources.get(item) ?? item.outerHTML, item);
  const items = [...fresh.children].map(item => {
    const source = item.outerHTML;
    const old = known.get(source);
    known.delete(source);
    if (old) return old;
    sources.set(item, source);
    const details = item.querySelector("details");
    if (details) details.open = Boolean(item.id && document.getElementById(item.id)?.querySelector("details")?.open);
    return item;
  });
  for (const item of known.values()) item.remove();
  let place = list.firstElementChild;
  for (const item of items) {
    if (item === place) place = place.nextElementSibling;
    else list.insertBefore(item, place);
  }
}

// A button that was put in anew has its focus again; if it is gone, the heading above it has.
function refocus(focused) {
  if (!focused?.id && !focused?.dataset.section || document.contains(focused)) return;
  const again = document.getElementById(focused.id) ?? document.getElementById(focused.dataset.section);
  again?.focus({ preventScroll: true });
}

document.addEventListener("focusin", ({ target }) => {
  target.dataset.section = target.closest("section")?.getAttribute("aria-labelledby") ?? "";
});

// --- following along -------------------------------------------------------------------------------------------------

function newest(page) {
  return Math.max(0, ...[...page.querySelectorAll("#story > li[id]")].map(item => Number(item.id.slice(1))));
}

function tell(page) {
  const items = [...page.querySelectorAll("#story > li[id]")];
  const fresh = items.filter(item => Number(item.id.slice(1)) > lastNumber && item.querySelector(".answer"));
  lastNumber = newest(page);
  if (!fresh.length) return;
  const what = `${fresh[0].querySelector(".name").textContent}, ${fresh[0].querySelector(".answer").textContent}`;
  news.textContent = fresh.length === 1 ? `New: ${what}` : `${fresh.length} new requests, the last: ${what}`;
}

const pause = milliseconds => new Promise(resolve => setTimeout(resolve, milliseconds));

async function load(request) {
  const response = await fetch(...request);
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  if (!page.body.dataset.state) throw new Error(page.body.textContent);
  return page;
}

async function follow() {
  for (;;) {
    question = new AbortController();
    const { signal } = question;
    try {
      const page = await load([`?wait=${PATIENCE}&seen=${seen}`, { signal }]);
      if (wasLost) news.textContent = "Connected again.";
      wasLost = false;
      tell(page);
      update(page);
    } catch (error) {
      if (signal.aborted) {
        await acting;
        continue;
      }
      wasLost = true;
      news.textContent = "The connection is lost; trying again.";
      await pause(1000);
    }
    await pause(PAUSE);
  }
}

// --- forms -----------------------------------------------------------------------------------------------------------

let acting = Promise.resolve();

async function act(form, button) {
  const fields = new URLSearchParams(new FormData(form, button));
  question.abort(); // its answer may be older than what this does
  try {
    const page = await load([form.getAttribute("action"), { method: "POST", body: fields }]);
    const number = lastNumber;
    tell(page);
    update(page);
    const hasFailed = document.querySelector("#problem > p") !== null;
    if (hasFailed) news.textContent = "";
    else if (lastNumber <= number) news.textContent = `Done: ${button.textContent.trim()}`;
  } catch (error) {
    news.textContent = `This could not be done: ${error.message}`;
  }
}

document.addEventListener("submit", event => {
  event.preventDefault();
  const { target, submitter } = event;
  acting = acting.then(() => act(target, submitter));
});

// --- small things ----------------------------------------------------------------------------------------------------

// The clock goes on between two answers.
setInterval(() => {
  const now = document.getElementById("now");
  if (now.dataset.mode !== "manual" && !wasLost) {
    const seconds = Number(now.dataset.now) + (performance.now() - received) / 1000;
    now.textContent = `${Math.floor(seconds)} s`;
  }
}, 1000);

// A request that is clicked in the picture opens in words.
function openTarget() {
  const details = document.getElementById(location.hash.slice(1))?.querySelector("details");
  if (details) details.open = true;
}
addEventListener("hashchange", openTarget);
openTarget();

const scroll = document.getElementById("scroll");
if (scroll) scroll.scrollLeft = scroll.scrollWidth;
news.textContent = "Following along.";
follow();
