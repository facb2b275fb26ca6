"use strict";
// Cards are searched, chosen and sorted; arrow keys move between them.
(() => {
  const list = document.querySelector(".cards");
  const form = document.getElementById("filter");
  const all = [...list.children].map((card, index) => ({
    card,
    link: card.querySelector("a"),
    index,
    name: card.querySelector("b").textContent,
    text: card.textContent.toLowerCase(),
    kind: card.dataset.kind,
    duration: Number(card.dataset.duration),
    shots: Number(card.dataset.shots),
    keyframes: Number(card.dataset.keyframes),
  }));
  const names = new Intl.Collator("en", { numeric: true });
  const orders = {
    index: (one, other) => one.index - other.index,
    name: (one, other) => names.compare(one.name, other.name) || one.index - other.index,
  };
  for (const key of ["duration", "shots", "keyframes"]) {
    orders[key] = (one, other) => other[key] - one[key] || one.index - other.index;
  }

  let shown = all;
  const update = () => {
    const text = form.elements.text.value.trim().toLowerCase();
    const kind = form.elements.kind.value;
    const found = all.filter((each) => each.text.includes(text) && (kind === "" || each.kind === kind));
    found.sort(orders[form.elements.order.value]);
    // Of 5,000 cards, to take all out at once needs half a second, and to hide most of them, or to move each, up to ten.
    if (found.length !== shown.length || found.some((each, place) => each !== shown[place])) {
      shown = found;
      list.replaceChildren(...shown.map((each) => each.card));
    }
    form.querySelector("output").textContent = shown.length < all.length ? `${shown.length} of ${all.length}` : "";
    document.getElementById("nothing").hidden = shown.length > 0 || all.length === 0;
  };
  for (const kind of ["input", "change"]) form.addEventListener(kind, update);
  form.addEventListener("submit", (event) => event.preventDefault());
  // A browser keeps what was typed when the page is loaded anew, or comes back to it.
  addEventListener("pageshow", update);

  const columns = () => getComputedStyle(list).gridTemplateColumns.split(" ").length;
  const steps = { ArrowLeft: () => -1, ArrowRight: () => 1, ArrowUp: () => -columns(), ArrowDown: columns };
  list.addEventListener("keydown", (event) => {
    const step = steps[event.key]?.();
    const from = shown.findIndex((each) => each.card.contains(event.target));
    if (event.altKey || event.ctrlKey || event.metaKey || (step === undefined && !["Home", "End"].includes(event.key))) return;
    // Cards of failed videos lead nowhere, so the next one in the same direction is taken.
    const way = step ?? (event.key === "Home" ? 1 : -1);
    let place = step === undefined ? (way > 0 ? 0 : shown.length - 1) : from + step;
    while (shown[place] && !shown[place].link) place += way;
    const link = shown[place]?.link;
    if (!link) return;
    event.preventDefault();
    link.focus();
    link.scrollIntoView({ block: "nearest" });
  });
})();
