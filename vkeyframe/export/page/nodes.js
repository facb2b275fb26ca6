"use strict";
// What the scripts of all pages share.
const make = (tag, properties = {}, ...children) => {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children);
  return node;
};
const clock = (time, digits = 2) => {
  const [whole, part] = time.toFixed(digits).split(".");
  const pad = (number) => String(number).padStart(2, "0");
  const [hours, minutes, second] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, pad(whole % 60)];
  return (hours ? `${hours}:${pad(minutes)}` : minutes) + `:${second}` + (part ? `.${part}` : "");
};

// Arrow keys move between keyframes; of each row of them the Tab key stops at one.
const rove = (group, selector = "button") => {
  const all = [...group.querySelectorAll(selector)];
  if (!all.length) return;
  const choose = (chosen) => all.forEach((each) => (each.tabIndex = each === chosen ? 0 : -1));
  choose(all[0]);
  group.addEventListener("focusin", (event) => all.includes(event.target) && choose(event.target));
  group.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || !all.includes(event.target)) return;
    const seen = all.filter((each) => !each.hidden);
    // In a grid, up and down go by as many as stand beside each other.
    const { display, gridTemplateColumns } = getComputedStyle(group);
    const row = display === "grid" ? gridTemplateColumns.split(" ").length : 1;
    const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -row, ArrowDown: row, Home: -Infinity, End: Infinity };
    const step = steps[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const next = seen.indexOf(event.target) + step;
    seen[Math.max(0, Math.min(seen.length - 1, next))]?.focus();
  });
};
