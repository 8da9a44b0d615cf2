"use strict";
// Works on what the page already holds: hides, sorts and points; it never builds markup from text.
(() => {
  const byId = (id) => document.getElementById(id);

  // Values on hover, focus or tap: one box for all marks that carry `data-tip`.
  const tip = byId("tip");
  const place = (event) => {
    const mark = event.target.closest ? event.target.closest("[data-tip]") : null;
    tip.hidden = !mark;
    if (!mark) return;
    tip.textContent = mark.dataset.tip;
    tip.style.left = "0"; // measured where it has room
    const box = tip.getBoundingClientRect();
    const left = Math.min(event.clientX + 14, innerWidth - box.width - 8);
    const below = event.clientY + 18;
    const top = below + box.height > innerHeight ? event.clientY - box.height - 12 : below;
    tip.style.left = `${Math.max(8, left)}px`;
    tip.style.top = `${Math.max(8, top)}px`;
  };
  addEventListener("pointermove", place, { passive: true });
  addEventListener("pointerdown", place, { passive: true });
  addEventListener("scroll", () => { tip.hidden = true; }, { passive: true });

  // The rows to look at.
  const filters = byId("filters");
  if (filters) {
    const PAGE = 20;
    const rows = [...document.querySelectorAll("#browse > .row")];
    const texts = rows.map((row) => row.textContent.toLowerCase());
    const more = byId("more");
    let shown = PAGE;
    const apply = () => {
      const wanted = Object.fromEntries(new FormData(filters));
      const text = wanted.text.trim().toLowerCase();
      let found = 0;
      rows.forEach((row, index) => {
        const fits = ["decision", "reason", "domain", "level"].every(
          (name) => !wanted[name] || row.dataset[name] === wanted[name]
        ) && (!text || texts[index].includes(text));
        if (fits) found += 1;
        row.hidden = !fits || found > shown;
      });
      byId("found").textContent = `${found} of ${rows.length} rows`;
      more.hidden = found <= shown;
    };
    filters.hidden = false;
    filters.addEventListener("submit", (event) => event.preventDefault());
    filters.addEventListener("input", () => { shown = PAGE; apply(); });
    more.addEventListener("click", () => { shown += PAGE; apply(); });
    addEventListener("beforeprint", () => { shown = PAGE; apply(); });
    apply();
  }

  // Sortable tables: numbers fall first, words rise first.
  for (const table of document.querySelectorAll("table.sortable")) {
    const body = table.tBodies[0];
    const buttons = [...table.querySelectorAll("thead button")];
    buttons.forEach((button, column) => {
      button.addEventListener("click", () => {
        const words = button.parentElement.dataset.kind === "text";
        const first = words ? "up" : "down";
        const other = words ? "down" : "up";
        const order = button.dataset.sorted === first ? other : first;
        const sign = order === "up" ? 1 : -1;
        const key = (row) => row.cells[column].dataset.value;
        const compare = words
          ? (a, b) => key(a).localeCompare(key(b))
          : (a, b) => Number(key(a)) - Number(key(b));
        [...body.rows].sort((a, b) => sign * compare(a, b)).forEach((row) => body.append(row));
        for (const one of buttons) {
          delete one.dataset.sorted;
          one.parentElement.removeAttribute("aria-sort");
        }
        button.dataset.sorted = order;
        button.parentElement.setAttribute("aria-sort", order === "up" ? "ascending" : "descending");
      });
    });
  }

  // Where the reader is.
  const links = [...document.querySelectorAll("nav a")];
  const targets = links.map((link) => document.querySelector(link.getAttribute("href")));
  const mark = () => {
    let here = -1;
    targets.forEach((target, index) => {
      if (target.getBoundingClientRect().top < innerHeight / 3) here = index;
    });
    links.forEach((link, index) => link.classList.toggle("here", index === here));
  };
  addEventListener("scroll", mark, { passive: true });
  mark();
})();
