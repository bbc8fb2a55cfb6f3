// What every page does beyond HTML: puts the focus on what is wrong, and says when a request of htmx has failed.
"use strict";

function focusOnMistakes(within) {
  const mistakes = within.querySelector("[data-focus]");
  if (mistakes) mistakes.focus();
}

function sayFailed(event) {
  const toast = document.getElementById("failed");
  toast.textContent = event.detail?.xhr?.status === 401 ? document.body.dataset.signedOut : document.body.dataset.failed;
  toast.hidden = false;
  clearTimeout(sayFailed.timer);
  sayFailed.timer = setTimeout(() => { toast.hidden = true; }, 8000);
}

document.addEventListener("DOMContentLoaded", () => {
  // on a phone the navigation is a row that scrolls: where one is should be seen
  document.querySelector(".navigation [aria-current]")?.scrollIntoView({ inline: "center", block: "nearest" });
  focusOnMistakes(document);
});
document.addEventListener("htmx:afterSettle", (event) => focusOnMistakes(event.detail.elt));
document.addEventListener("htmx:responseError", sayFailed);
document.addEventListener("htmx:sendError", sayFailed);
document.addEventListener("htmx:timeout", sayFailed);

// A form is sent once: a second press while it is on its way would do things twice.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented) return; // a script of the page sends it
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  if (form.method !== "post") return;
  form.dataset.sent = "yes";
  setTimeout(() => { delete form.dataset.sent; }, 10000); // the visitor may have stopped it
});
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});

// data-print: a button that prints the page.
document.addEventListener("DOMContentLoaded", () => {
  for (const button of document.querySelectorAll("[data-print]")) button.hidden = false;
});
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) window.print();
});

// data-copy="ID": a button that copies the text of the element with that id; hidden where there is no clipboard.
document.addEventListener("DOMContentLoaded", () => {
  if (!navigator.clipboard) return;
  for (const button of document.querySelectorAll("[data-copy]")) button.hidden = false;
});
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent.trim());
  button.textContent = button.dataset.copied;
});
