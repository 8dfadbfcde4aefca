"use strict";
// Sorts tables by a column, searches names, and shows those who lost a check or made a mistake.
const table = document.getElementById("students");
const find = document.getElementById("find");
const told = document.getElementById("shown");
let wanted = "";

function show() {
  const text = find.value.trim().toLocaleLowerCase();
  let count = 0;
  for (const row of table.tBodies[0].rows) {
    const named = row.cells[0].textContent.toLocaleLowerCase().includes(text);
    row.hidden = !(named && (!wanted || row.dataset.keys.split(" ").includes(wanted)));
    if (!row.hidden) count += 1;
  }
  told.textContent = `${count} of ${table.tBodies[0].rows.length} shown${wanted ? `, of ${wanted}` : ""}`;
  document.getElementById("all").hidden = !wanted && !text;
}

function value(row, column) {
  const cell = row.cells[column];
  const text = cell.dataset.value ?? cell.textContent.trim();
  const number = Number.parseFloat(text);
  return Number.isNaN(number) ? text.toLocaleLowerCase() : number;
}

function compare(a, b) {
  if (typeof a === typeof b) return a < b ? -1 : a > b ? 1 : 0;
  return typeof a === "number" ? -1 : 1;
}

function sort(head) {
  const falls = head.getAttribute("aria-sort") === "ascending";
  for (const other of head.parentElement.cells) other.removeAttribute("aria-sort");
  head.setAttribute("aria-sort", falls ? "descending" : "ascending");
  const body = head.closest("table").tBodies[0];
  const rows = [...body.rows].map((row) => [value(row, head.cellIndex), row]);
  rows.sort(([a], [b]) => (falls ? compare(b, a) : compare(a, b)));
  body.append(...rows.map(([, row]) => row));
}

for (const head of document.querySelectorAll("table.sorts thead th")) {
  const button = document.createElement("button");
  button.type = "button";
  button.append(...head.childNodes);
  head.append(button);
  button.addEventListener("click", () => sort(head));
}
for (const button of document.querySelectorAll("button[data-key]")) {
  button.hidden = false;
  button.addEventListener("click", () => {
    wanted = button.dataset.key;
    show();
    table.scrollIntoView();
    told.focus();
  });
}
if (table) {
  document.getElementById("tools").hidden = false;
  find.addEventListener("input", show);
  document.getElementById("all").addEventListener("click", () => {
    wanted = "";
    find.value = "";
    show();
    find.focus();
  });
}
