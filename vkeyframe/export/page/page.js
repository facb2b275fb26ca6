"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const at = (id) => document.getElementById(id);
  const { video, shots, keyframes } = data;
  const verdicts = data.verdicts ?? [];
  const end = Math.max(video.duration, shots.at(-1).end_time) || 1;
  const share = (time) => `${Math.min(100, (100 * time) / end)}%`;
  const make = (tag, text = "", set = {}) => Object.assign(document.createElement(tag), { textContent: text, ...set });
  const picture = (keyframe) => make("img", "", { src: keyframe.picture, alt: `Frame ${keyframe.frame}` });

  // Timeline
  at("facts").textContent = [`${video.width} × ${video.height}`, `${video.duration.toFixed(1)} s`, `${shots.length} shots`,
    `${keyframes.length} keyframes`].join(" · ");
  const place = (parent, from, to, set) => {
    const bar = make("i", "", set);
    bar.style.left = share(from);
    bar.style.width = `max(1px, ${(100 * (to - from)) / end}%)`;
    parent.append(bar);
  };
  for (const shot of shots)
    place(at("shots"), shot.start_time, shot.end_time_exclusive ?? shot.end_time,
      { className: shot.transition, title: `Shot ${shot.index}, begins with: ${shot.transition}` });
  for (const action of data.actions ?? []) place(at("actions"), action.start_time, action.end_time, { title: "Action" });
  for (const kind of new Set(shots.map((shot) => shot.transition)))
    if (kind !== "start") at("kinds").append(make("span", kind, { className: kind }));

  // Keyframes: hover shows the picture, a click the detail
  const hover = at("hover");
  const preview = (mark, keyframe) => {
    const box = mark.getBoundingClientRect();
    hover.firstChild.src = keyframe.picture;
    hover.lastChild.textContent = `${keyframe.timecode} · rank ${keyframe.rank}`;
    hover.hidden = false;
    hover.style.left = `${Math.max(8, Math.min(document.documentElement.clientWidth - 228, box.x - 100))}px`;
    hover.style.top = `${box.bottom + scrollY + 6}px`;
  };
  const marks = keyframes.map((keyframe, number) => {
    const mark = make("button", "", { type: "button", ariaLabel: `Keyframe at ${keyframe.timecode}` });
    mark.style.left = share(keyframe.time);
    mark.onpointerenter = mark.onfocus = () => preview(mark, keyframe);
    mark.onpointerleave = mark.onblur = () => (hover.hidden = true);
    mark.onclick = () => open(number);
    const tile = make("button", "", { type: "button", onclick: () => open(number) });
    tile.append(picture(keyframe), make("span", `${keyframe.timecode} · rank ${keyframe.rank}`));
    at("frames").append(tile);
    return mark;
  });
  at("marks").append(...marks);

  // Detail
  const dialog = at("detail");
  let shown = 0;
  const bars = (values) => {
    const list = make("div", "", { className: "bars" });
    for (const [name, value] of Object.entries(values)) {
      const row = make("div"), bar = make("i");
      bar.style.setProperty("--share", `${100 * value}%`);
      row.append(make("span", name), bar, make("span", value.toFixed(2)));
      list.append(row);
    }
    return list;
  };
  function open(number) {
    shown = number;
    const keyframe = keyframes[number];
    const frame = make("div", "", { className: "picture" });
    frame.append(picture(keyframe));
    for (const { box: [x, y, wide, high], weight, cause } of keyframe.regions) {
      const region = make("b");
      const sides = [x / keyframe.width, y / keyframe.height, wide / keyframe.width, high / keyframe.height];
      ["left", "top", "width", "height"].forEach((side, index) => (region.style[side] = `${100 * sides[index]}%`));
      region.append(make("span", `${cause ?? "region"} ${weight.toFixed(2)}`));
      frame.append(region);
    }
    const reason = verdicts.find((verdict) => verdict.kept && verdict.frame === keyframe.frame)?.reason ?? "";
    at("d-title").textContent = `${keyframe.timecode} · shot ${keyframe.shot} · rank ${keyframe.rank}`;
    at("d-body").replaceChildren(make("p", reason), frame, make("h2", `Score ${keyframe.score.toFixed(2)}`),
      bars(keyframe.scores), make("h2", "What draws the eye"), bars(keyframe.heads));
    hover.hidden = true;
    if (!dialog.open) dialog.showModal();
  }
  at("close").onclick = () => dialog.close();
  document.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step || event.target.matches("input, select, .scroll")) return;
    const now = dialog.open ? shown : marks.indexOf(document.activeElement);
    const next = Math.max(0, Math.min(marks.length - 1, now + step));
    if (dialog.open) open(next);
    else marks[next].focus();
    event.preventDefault();
  });

  // Table
  const keptBy = new Map(keyframes.map((keyframe) => [keyframe.frame, keyframe]));
  const items = (verdicts.length ? verdicts : keyframes.map((keyframe) => ({ ...keyframe, kept: true, reason: "" })))
    .map((item) => ({ ...item, rank: keptBy.get(item.frame)?.rank, score: keptBy.get(item.frame)?.score }));
  const columns = ["time", "frame", "shot", "kept", "rank", "score", "reason"];
  let order = "time", up = true;
  const compare = (one, other) => {
    const [a, b] = [one[order], other[order]];
    if (a === undefined || b === undefined) return (a === undefined) - (b === undefined);
    return (a < b ? -1 : a > b ? 1 : 0) * (up ? 1 : -1);
  };
  const row = (item) => {
    const line = make("tr", "", { className: item.kept ? "kept" : "dropped" });
    const time = item.time.toFixed(2), number = keyframes.findIndex((keyframe) => keyframe.frame === item.frame);
    const first = make("td", number < 0 ? time : "");
    if (number >= 0) first.append(make("button", time, { type: "button", onclick: () => open(number) }));
    line.append(first, ...[item.frame, item.shot, item.kept ? "kept" : "dropped", item.rank ?? "", item.score?.toFixed(2) ?? "",
      item.reason].map((text) => make("td", text)));
    return line;
  };
  const fill = () => {
    const which = at("which").value, text = at("text").value.toLowerCase();
    const found = items.filter((item) => (which === "all" || item.kept === (which === "kept")) &&
      `${item.time.toFixed(2)} ${item.frame} ${item.reason}`.toLowerCase().includes(text)).sort(compare);
    at("rows").replaceChildren(...found.map(row));
    at("count").textContent = `${found.length} of ${items.length}`;
    [...at("head").children].forEach((cell, index) =>
      (cell.ariaSort = columns[index] === order ? (up ? "ascending" : "descending") : "none"));
  };
  for (const name of columns) {
    const cell = make("th", "", { scope: "col" });
    cell.append(make("button", name[0].toUpperCase() + name.slice(1), { type: "button", onclick: () => {
      [order, up] = [name, order === name ? !up : true];
      fill();
    } }));
    at("head").append(cell);
  }
  at("which").onchange = at("text").oninput = fill;
  fill();

  // Curves, drawn anew where colours or the width change
  const plots = [["Attention (1 is the mean)", data.curves, "attention"], ["Change", data.curves, "change"],
    ["Novelty", data.novelty, "value"]].filter(([, points]) => points?.length);
  const draw = () => {
    const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
    const axis = { stroke: colour("--soft"), grid: { stroke: colour("--line"), width: 1 }, ticks: { show: false } };
    at("curves").replaceChildren();
    for (const [title, points, name] of plots)
      new uPlot({
        title, width: at("curves").clientWidth, height: 150, padding: [8, 0, 0, 0], legend: { show: false },
        cursor: { drag: { x: false }, sync: { key: "time" } }, scales: { x: { time: false, range: [0, end] } },
        axes: [{ ...axis, values: (_, ticks) => ticks.map((tick) => `${tick} s`) }, { ...axis, size: 48 }],
        series: [{}, { stroke: colour("--accent"), width: 1.5, points: { show: false } }],
      }, [points.map((point) => point.time), points.map((point) => point[name])], at("curves"));
  };
  for (const [found, text] of [[data.curves, "Change and attention over time were not recorded: extract with --curves."],
    [data.novelty, "Novelty was not recorded: extract with --novelty."],
    [verdicts.length || undefined, "Dropped candidates were not recorded: extract with --explain."]])
    if (found === undefined) at("missing").append(make("li", text));

  // Dark and light
  const wish = matchMedia("(prefers-color-scheme: dark)");
  const theme = (dark) => {
    document.documentElement.classList.toggle("dark", dark);
    at("theme").textContent = dark ? "Light" : "Dark";
    draw();
  };
  at("theme").onclick = () => theme(!document.documentElement.classList.contains("dark"));
  wish.onchange = () => theme(wish.matches);
  addEventListener("resize", draw);
  theme(wish.matches);
})();
