// Keys, points as one ticks, and live progress; every page works without this.
"use strict";

const form = document.getElementById("judge");

function typing(element) {
  return element.matches("textarea, input:not([type=checkbox])") || element.isContentEditable;
}

function worth() {
  const shown = form && form.querySelector("[data-worth]");
  if (!shown) return;
  let points = Number.parseFloat((form.elements.adjustment.value || "0").replace(",", ".").replace("−", "-")) || 0;
  for (const box of form.querySelectorAll("input[name=item]:checked")) points += Number(box.dataset.points);
  points = Math.min(Math.max(points, 0), Number(form.dataset.possible));
  shown.textContent = String(Math.round(points * 10000) / 10000);
  shown.parentElement.hidden = false;
}

function act(key) {
  const target = document.querySelector(`[data-key="${CSS.escape(key)}"]`);
  if (!target) return false;
  if (target.matches("summary")) target.parentElement.open = !target.parentElement.open;
  else target.click();
  if (target.matches("input")) target.focus();
  return true;
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.altKey || event.metaKey || event.isComposing) return;
  const saves = event.key === "Enter" && form && (event.ctrlKey || !typing(event.target));
  if (event.ctrlKey && !saves) return;
  if (event.key === "Escape" && typing(event.target)) {
    event.target.blur();
    return;
  }
  if (!saves && typing(event.target)) return;
  if (event.key === "Enter" && !event.ctrlKey && event.target.matches("a, button, summary")) return;
  if (event.key === "c" && form) {
    form.elements.comment.focus();
    event.preventDefault();
    return;
  }
  if (!event.repeat && /^([1-9us]|Enter)$/.test(event.key) && act(event.key)) event.preventDefault();
});

if (form) {
  form.addEventListener("input", worth);
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "yes";
  });
  addEventListener("pageshow", () => delete form.dataset.sent);
  worth();
}

const lines = document.querySelectorAll("[data-progress]");

async function progress() {
  if (document.hidden) return;
  const answer = await fetch("/progress", { headers: { Accept: "application/json" } }).catch(() => null);
  if (!answer || !answer.ok || answer.redirected) return;
  const found = await answer.json();
  for (const line of lines) {
    const now = found[line.dataset.progress];
    if (!now) continue;
    line.querySelector("[data-done]").textContent = now.done;
    const groups = line.querySelector("[data-groups]");
    if (groups) groups.textContent = now.groups;
  }
}

if (lines.length) setInterval(progress, 10000);
