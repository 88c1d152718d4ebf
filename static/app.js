"use strict";
// Comfort only: every page works without this file.
(() => {
  document.querySelector(".error-summary[autofocus]")?.focus();

  for (const button of document.querySelectorAll("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => print());
  }

  const until = document.querySelector("[data-expires]");
  const status = document.querySelector(".expires-soon");
  if (until && status) {
    const left = Number(until.dataset.expires) * 1000 - 120_000 - Date.now();
    if (left > -120_000 && left < 2 ** 31) {
      setTimeout(() => { status.textContent = until.dataset.note; }, Math.max(left, 1000));
    }
  }
})();
