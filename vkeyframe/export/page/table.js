"use strict";
// Tables are sorted by a click on a heading, and filtered by what is typed.
(() => {
  const key = (row, column) => {
    const cell = row.cells[column];
    const text = cell.dataset.value ?? cell.textContent.trim();
    return text !== "" && !Number.isNaN(Number(text)) ? Number(text) : text;
  };
  const compare = (one, other) => {
    // Empty cells stand last in either order.
    if (one === "" || other === "") return 0;
    return typeof one === "number" && typeof other === "number" ? one - other : String(one).localeCompare(String(other), "en");
  };

  const sort = (table, heading) => {
    const column = heading.cellIndex;
    const down = heading.getAttribute("aria-sort") === "ascending";
    for (const each of table.tHead.rows[0].cells) each.removeAttribute("aria-sort");
    heading.setAttribute("aria-sort", down ? "descending" : "ascending");
    const rows = [...table.tBodies[0].rows].map((row) => [key(row, column), row]);
    rows.sort(([one], [other]) => (one === "") - (other === "") || (down ? -1 : 1) * compare(one, other));
    table.tBodies[0].append(...rows.map(([, row]) => row));
  };

  for (const table of document.querySelectorAll("table.sortable")) {
    for (const heading of table.tHead.rows[0].cells) {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...heading.childNodes);
      heading.append(button);
      button.addEventListener("click", () => sort(table, heading));
    }
  }

  for (const form of document.querySelectorAll("form[data-table]")) {
    const rows = [...document.getElementById(form.dataset.table).tBodies[0].rows];
    const filter = () => {
      const text = form.elements.text.value.trim().toLowerCase();
      const kind = form.elements.kept?.value ?? "";
      let shown = 0;
      for (const row of rows) {
        row.hidden = !(row.textContent.toLowerCase().includes(text) && (kind === "" || row.dataset.kind === kind));
        shown += !row.hidden;
      }
      form.querySelector("output").textContent = shown < rows.length ? `${shown} of ${rows.length}` : "";
    };
    form.addEventListener("input", filter);
    form.addEventListener("submit", (event) => event.preventDefault());
  }
})();
