// Where attempts stand, live. Without it the page loads itself again every few seconds while anything waits.
"use strict";
const list = document.querySelector("[data-events]");
const file = document.querySelector("input[type=file]");
const waiting = document.querySelector("[data-place]");
if (list && waiting && "EventSource" in window) {
  const source = new EventSource(list.dataset.events);
  source.addEventListener("places", (event) => {
    const places = JSON.parse(event.data);
    for (const [number, sentence] of Object.entries(places)) {
      const shown = document.querySelector(`[data-place="${number}"]`);
      if (shown && shown.textContent !== sentence) shown.textContent = sentence;
    }
    if (!Object.keys(places).length) source.close();
  });
  let left = 0; // when a link was followed, or a download was begun, which another load of this page would cancel
  addEventListener("beforeunload", () => { left = Date.now(); });
  source.addEventListener("done", () => {
    if (file && file.files.length) return; // chosen, and about to be handed in
    source.close();
    setTimeout(() => location.reload(), Math.max(0, left + 3000 - Date.now()));
  });
}
