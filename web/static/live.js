// A page whose pieces are as things are: <... data-live="ADDRESS"> names where server-sent events come from. Each brings
// pieces by the id of the element that they fill. [data-since] shows for how long something has been so.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const root = document.querySelector("[data-live]");
  if (!root || !window.EventSource) return;
  const mark = document.getElementById("live-mark");
  const shown = new Map();
  let source = null;

  function clock(seconds) {
    const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
    const rest = String(seconds % 60).padStart(2, "0");
    return hours ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`;
  }

  function tick() {
    const now = Date.now() / 1000;
    for (const element of root.querySelectorAll("[data-since]")) {
      element.textContent = clock(Math.max(0, Math.floor(now - Number(element.dataset.since))));
    }
  }

  function fill(pieces) {
    for (const [id, piece] of Object.entries(pieces)) {
      const element = document.getElementById(id);
      if (element && shown.get(id) !== piece) element.innerHTML = piece;
      shown.set(id, piece);
    }
    tick();
  }

  function open() {
    source = new EventSource(root.dataset.live);
    source.addEventListener("open", () => { if (mark) mark.hidden = true; });
    source.addEventListener("pieces", (event) => fill(JSON.parse(event.data)));
    source.addEventListener("outdated", () => location.reload());
    source.addEventListener("error", () => {
      if (!mark || source.readyState !== EventSource.CLOSED) return;
      mark.textContent = root.dataset.paused;
      mark.hidden = false;
    });
  }

  // Nobody looks at a page that is hidden, and a browser has few connections to one server.
  document.addEventListener("visibilitychange", () => {
    if (document.hidden && source) { source.close(); source = null; }
    if (!document.hidden && !source) open();
  });
  window.addEventListener("pagehide", () => { if (source) source.close(); source = null; });
  if (!document.hidden) open();
  tick();
  setInterval(tick, 1000);
});
