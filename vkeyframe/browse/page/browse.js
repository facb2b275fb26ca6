"use strict";
// Views of a library: what the address says behind its # is asked of the server and shown.
(() => {
  const [view, status, changed, counts, words, file, drop] = ["view", "status", "changed", "counts", "words", "file", "drop"].map(
    (id) => document.getElementById(id),
  );
  const library = document.title;
  // The token, if it was in the address, is in a cookie by now; an address is copied, and shown to others.
  history.replaceState(null, "", `${location.pathname}${location.hash}`);

  const percent = (share) => `${Math.round(100 * share)} %`;
  const many = (count, name) => `${count.toLocaleString("en")} ${name}${count === 1 ? "" : "s"}`;
  const link = (href, properties = {}, ...children) => make("a", { href, ...properties }, ...children);
  const span = (className, textContent) => make("span", { className, textContent });
  const address = (path, values = {}) => {
    const given = Object.entries(values).filter(([, value]) => value !== "" && value !== undefined && value !== null && value !== 0);
    return path + (given.length ? `?${new URLSearchParams(given)}` : "");
  };
  const ask = async (path, options) => {
    let answer;
    try {
      answer = await fetch(path, options);
    } catch {
      throw new Error("The server cannot be reached; start vkeyframe browse again and open the address that it prints.");
    }
    const found = await answer.json();
    if (!answer.ok) throw new Error(found.error);
    return found;
  };
  const tell = (text, wrong = false) => {
    status.textContent = text;
    status.classList.toggle("wrong", wrong);
  };

  // What is shown.
  const picture = (keyframe, properties = {}) =>
    make("img", { src: `/thumbnail/${keyframe}`, alt: "", loading: "lazy", decoding: "async", width: 240, height: 135, ...properties });
  const section = (title, ...children) => {
    const heading = make("h2", { textContent: title, tabIndex: -1 });
    return make("section", {}, make("header", {}, heading), ...children);
  };
  const gallery = (items) => {
    const list = make("ul", { className: "gallery" }, ...items);
    rove(list, ".card");
    return list;
  };
  const length = (video) => (video.kind === "picture" ? "picture" : clock(video.duration, 0));
  const turning = (found, to) => {
    if (found.total <= found.step) return "";
    const last = Math.min(found.total, found.start + found.step);
    const shown = `${(found.start + 1).toLocaleString("en")}–${last.toLocaleString("en")} of ${found.total.toLocaleString("en")}`;
    const page = (name, start, rel) => link(to(start), { textContent: name, rel });
    return make(
      "nav",
      { className: "turn", ariaLabel: "Pages" },
      found.start > 0 ? page("← Previous", Math.max(0, found.start - found.step), "prev") : "",
      span("", shown),
      last < found.total ? page("Next →", last, "next") : "",
    );
  };

  const listed = (video) => {
    const shown = video.cover === null ? make("span", { className: "none", textContent: "no keyframe" }) : picture(video.cover, { className: "even" });
    const parts = [span("time", video.name), span("rank", length(video)), span("why", many(video.keyframes, "keyframe"))];
    if (video.kind === "picture") parts.pop();
    if (video.folder) parts.push(span("why", video.folder));
    return make("li", {}, link(`#/video/${video.id}`, { className: "card", title: video.path }, shown, ...parts));
  };
  const ORDERS = { name: "by name", newest: "last indexed first", longest: "longest first" };
  const showVideos = async ({ words: asked = "", order = "name", start = 0 }) => {
    const [found, said] = await Promise.all([
      ask(address("/data/videos", { words: asked, order, start })),
      asked && !Number(start) ? ask(address("/data/lines", { words: asked })) : { lines: [] },
    ]);
    const to = (values) => address("#/", { words: asked, order: order === "name" ? "" : order, ...values });
    const title = asked ? `${many(found.total, "name")} with “${asked}”` : "All videos and pictures";
    const names = section(title, gallery(found.videos.map(listed)), turning(found, (start) => to({ start })));
    const choice = make("select", { id: "order" }, ...Object.entries(ORDERS).map(([value, name]) => make("option", { value, textContent: name })));
    choice.value = order in ORDERS ? order : "name";
    choice.addEventListener("change", () => (location.hash = to({ order: choice.value === "name" ? "" : choice.value })));
    if (found.total > 1) names.firstChild.append(make("label", {}, "Order ", choice));
    if (!asked && !found.total) names.append(make("p", { textContent: "The library is empty; fill it with vkeyframe index." }));
    const parts = [names];
    if (asked && !Number(start)) parts.push(showLines(said, asked));
    return { title: asked || "Videos", parts };
  };

  // The words that were looked for stand in brackets.
  const marked = (snippet) => snippet.split(/\[([^\][]*)\]/).map((part, number) => (number % 2 ? make("mark", { textContent: part }) : part));
  const showLines = (found, asked) => {
    const rows = found.lines.map((line) => {
      const place = link(address(`#/video/${line.video}`, { time: line.start_time }), { title: line.path }, `${line.name} ${clock(line.start_time, 0)}`);
      return make("li", {}, place, make("span", {}, ...marked(line.snippet)));
    });
    const more = found.lines.length === found.most ? "at least " : "";
    return section(`${more}${many(rows.length, "line")} with “${asked}”`, make("ul", { className: "lines" }, ...rows));
  };

  const showVideo = async ({ keyframe, time }, number) => {
    const video = await ask(`/data/video/${number}`);
    const facts = [length(video), `${video.width} × ${video.height}`];
    // It may be a fraction.
    const [frames, seconds = 1] = (video.rate ?? "").split("/").map(Number);
    if (frames) facts.push(`${Number((frames / seconds).toFixed(3))} frames/s`);
    if (video.kind === "video") facts.push(`${many(video.keyframes.length, "keyframe")} of ${many(video.shots, "shot")}`);
    if (!video.complete) facts.push("could not be read to its end");
    const of = (keyframe) => (video.kind === "picture" ? video.name : `Keyframe at ${clock(keyframe.time)}`);
    const ratio = video.width && video.height ? { height: Math.max(1, Math.round((240 * video.height) / video.width)) } : {};
    const items = video.keyframes.map((each) => {
      const label = `${of(each)}: find what is like it`;
      const parts = [span("time", clock(each.time)), span("rank", `shot ${each.shot}`)];
      const card = link(`#/like/${each.id}`, { className: "card", title: "Find what is like this" }, picture(each.id, { alt: label, ...ratio }), ...parts);
      return Object.assign(make("li", {}, card), { id: `keyframe-${each.id}` });
    });
    const about = make("ul", { className: "facts" }, ...[...facts.map((fact) => make("li", { textContent: fact }))]);
    about.append(make("li", { className: "path", textContent: video.path }));
    const shown = section(video.name, about, make("p", { className: "quiet", textContent: "A click on a keyframe finds what is like it." }), gallery(items));
    const parts = [shown];
    if (video.lines.length) {
      const rows = video.lines.map((line) => make("li", {}, span("rank", clock(line.start_time, 0)), span("", line.text)));
      const more = video.more_lines ? [make("p", { textContent: `and ${many(video.more_lines, "line")} more` })] : [];
      parts.push(section("Words", make("ul", { className: "lines" }, ...rows), ...more));
    }
    const distance = (each) => (keyframe ? Math.abs(each.id - keyframe) : Math.abs(each.time - time));
    const nearest = video.keyframes.reduce((best, each, place) => (distance(each) < distance(video.keyframes[best]) ? place : best), 0);
    const mark = keyframe || time ? items[nearest] : undefined;
    mark?.classList.add("marked");
    return { title: video.name, parts, focus: mark?.firstChild };
  };

  const hits = (found) =>
    found.map((hit) => {
      const similar = percent(hit.similarity) + (hit.mirrored ? ", mirrored" : "");
      const place = hit.kind === "picture" ? "picture" : clock(hit.time);
      const parts = [span("time", hit.name), span("rank", similar), span("why", place)];
      const card = link(`#/video/${hit.video}?keyframe=${hit.id}`, { className: "card", title: hit.path }, picture(hit.id, { className: "even" }), ...parts);
      return make("li", {}, card, link(`#/like/${hit.id}`, { ariaLabel: `More like ${hit.name} at ${place}` }, "More like this"));
    });
  const found = (title, asked, { threshold, hits: all }) => {
    if (!all.length) {
      const none = "There is nothing to search by: the picture has but one colour, or the library is empty.";
      return [section(title, asked, make("p", { textContent: none }))];
    }
    const near = all.filter((hit) => hit.similarity >= threshold);
    const far = all.filter((hit) => hit.similarity < threshold);
    const what = `A percentage says how alike they are; from ${percent(threshold)} on they mostly show the same.`;
    const none = make("p", { textContent: "No keyframe of the library shows the same." });
    const parts = [section(title, asked, make("p", { className: "quiet", textContent: what }), near.length ? gallery(hits(near)) : none)];
    if (far.length) parts.push(section("Less alike: most show something else", gallery(hits(far))));
    return parts;
  };
  const showLike = async (_, number) => {
    tell("Searching…");
    const answer = await ask(`/data/like/${number}`);
    const [of] = answer.of;
    const place = of.kind === "picture" ? of.name : `${of.name} at ${clock(of.time)}`;
    const back = link(`#/video/${of.video}?keyframe=${of.id}`, { className: "asked", title: of.path }, picture(of.id, { alt: place }));
    return { title: `Like ${place}`, parts: found(`Like ${place}`, back, answer) };
  };
  let asked;
  const showPicture = async () => {
    if (!asked) return { title: "Picture", parts: [section("Search by picture", make("p", { textContent: "Drop, paste or choose a picture." }))] };
    tell("Searching…");
    asked.answer ??= ask("/data/picture", { method: "POST", body: asked.data });
    const shown = make("img", { className: "asked", src: asked.url, alt: `The picture ${asked.data.name || ""} that is looked for` });
    // The server knows forms that browsers do not.
    shown.addEventListener("error", () => shown.remove());
    return { title: "Like your picture", parts: found("Like your picture", shown, await asked.answer) };
  };

  const showCopies = async ({ start = 0 }) => {
    tell("Looking for copies; in a large library this takes some time…");
    const answer = await ask(address("/data/copies", { start }));
    const pairs = answer.pairs.map(pair);
    const none = make("p", { textContent: "No two videos of the library have a part in common." });
    const shown = section(`${many(answer.total, "pair")} with a part in common`, ...(pairs.length ? pairs : [none]));
    return { title: "Copies", parts: [shown, turning(answer, (start) => address("#/copies", { start }))] };
  };
  const pair = ({ kind, similarity, mirrored, one, other, moments }) => {
    // Both on one scale, the parts in common below each other.
    const from = Math.min(-one.start, -other.start);
    const scale = Math.max(one.duration - one.start, other.duration - other.start) - from || 1;
    const side = (video) => {
      const whole = make("i", { title: "the whole video" });
      const part = make("i", { title: "what both have" });
      const put = (bar, start, end) => {
        bar.style.left = `${(100 * (start - video.start - from)) / scale}%`;
        bar.style.width = `${(100 * (end - start)) / scale}%`;
      };
      put(whole, 0, video.duration);
      put(part, video.start, video.end);
      const name = link(`#/video/${video.id}`, { title: video.path }, video.name);
      if (video.kind === "picture") return make("div", {}, name);
      return make("div", {}, name, make("div", { className: "track" }, whole, part), `${clock(video.start)} – ${clock(video.end)} of ${clock(video.duration)}`);
    };
    const shot = (video, moment) =>
      link(
        `#/video/${video.id}?keyframe=${moment.id}`,
        {},
        picture(moment.id, { className: "even", alt: `${video.name} at ${clock(moment.time)}` }),
        video.kind === "picture" ? "" : clock(moment.time),
      );
    const rows = moments.map(([left, right]) => make("li", {}, shot(one, left), shot(other, right)));
    const title = make("h3", { textContent: `${kind === "copy" ? "Copy" : "Excerpt"}, ${percent(similarity)} alike${mirrored ? ", mirrored" : ""}` });
    return make("article", { className: "pair" }, title, make("div", { className: "sides" }, side(one), side(other)), make("ul", { className: "moments" }, ...rows));
  };

  // The address behind the # says which view it is.
  const VIEWS = [
    [/^\/?$/, showVideos],
    [/^\/video\/(\d+)$/, showVideo],
    [/^\/like\/(\d+)$/, showLike],
    [/^\/picture$/, showPicture],
    [/^\/copies$/, showCopies],
  ];
  let turn = 0;
  const show = async (typing = false) => {
    const mine = ++turn;
    const [path, query = ""] = location.hash.slice(1).split(/\?(.*)/s);
    const values = Object.fromEntries(new URLSearchParams(query));
    const [form, draw] = VIEWS.find(([form]) => form.test(path)) ?? VIEWS[0];
    if (!typing) words.value = draw === showVideos ? (values.words ?? "") : "";
    for (const each of document.querySelectorAll(".bar nav a")) {
      if (each.hash === `#${draw === showVideos ? "/" : path}`) each.setAttribute("aria-current", "page");
      else each.removeAttribute("aria-current");
    }
    view.ariaBusy = "true";
    tell("");
    try {
      const { title, parts, focus } = await draw(values, ...(form.exec(path)?.slice(1) ?? []));
      if (mine !== turn) return;
      tell("");
      view.replaceChildren(...parts);
      document.title = `${title} · ${library}`;
      if (!typing) arrive(focus);
    } catch (error) {
      if (mine !== turn) return;
      view.replaceChildren();
      tell(error.message, true);
    }
    view.ariaBusy = "false";
  };
  let first = true;
  const arrive = (focus) => {
    // Who reads with the ears is told where they are; the first view is where the browser itself begins.
    if (!first || focus) (focus ?? view.querySelector("h2"))?.focus({ preventScroll: true });
    if (focus) focus.scrollIntoView({ block: "center" });
    else if (!first) scrollTo(0, 0);
    first = false;
  };
  addEventListener("hashchange", () => show());

  // Words are looked for while they are typed.
  let waiting;
  words.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      const order = new URLSearchParams(location.hash.split("?")[1] ?? "").get("order");
      const to = address("#/", { words: words.value.trim(), order });
      // The first letter makes an entry in the history, the others change it.
      if (/^#\/\?(.*&)?words=/.test(location.hash)) history.replaceState(null, "", to);
      else history.pushState(null, "", to);
      show(true);
    }, 150);
  });
  words.form.addEventListener("submit", (event) => event.preventDefault());
  addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.target.matches("input, select")) return;
    event.preventDefault();
    words.focus();
    words.select();
  });

  // A picture is chosen, dropped or pasted.
  const LARGEST = 32 * 2 ** 20;
  const look = (data) => {
    if (!data) return;
    if (data.size > LARGEST) return tell("The picture is larger than 32 MiB; make it smaller.", true);
    if (asked) URL.revokeObjectURL(asked.url);
    asked = { data, url: URL.createObjectURL(data) };
    if (location.hash === "#/picture") show();
    else location.hash = "#/picture";
  };
  document.getElementById("choose").addEventListener("click", () => file.click());
  file.addEventListener("change", () => {
    look(file.files[0]);
    file.value = "";
  });
  document.addEventListener("paste", (event) => {
    const data = [...(event.clipboardData?.files ?? [])][0];
    if (!data) return;
    event.preventDefault();
    look(data);
  });
  let inside = 0;
  const brings = (event) => event.dataTransfer?.types.includes("Files");
  const lift = (by) => {
    inside = by === 0 ? 0 : Math.max(0, inside + by);
    drop.hidden = inside === 0;
  };
  addEventListener("dragenter", (event) => brings(event) && lift(1));
  addEventListener("dragleave", (event) => brings(event) && lift(-1));
  addEventListener("dragover", (event) => event.preventDefault());
  addEventListener("drop", (event) => {
    event.preventDefault();
    lift(0);
    const own = /\/thumbnail\/(\d+)$/.exec(event.dataTransfer?.getData("text/uri-list") ?? "");
    if (own) location.hash = `#/like/${own[1]}`;
    else if (event.dataTransfer?.files.length) look(event.dataTransfer.files[0]);
    else tell("That is no file; save the picture first, and drop that.", true);
  });

  // The library may be written meanwhile.
  let state;
  const count = async () => {
    const found = await ask("/data/library");
    const parts = [many(found.videos, "video"), many(found.pictures, "picture"), many(found.keyframes, "keyframe")];
    counts.textContent = parts.filter((part) => !part.startsWith("0 pict")).join(", ");
    if (state !== undefined && found.state !== state) changed.hidden = false;
    state = found.state;
  };
  const watch = async () => {
    const begun = performance.now();
    if (!document.hidden) await count().catch(() => {});
    // In a large library that is being written it takes long to count again and again.
    setTimeout(watch, Math.max(3000, 20 * (performance.now() - begun)));
  };
  changed.querySelector("button").addEventListener("click", () => {
    changed.hidden = true;
    if (asked) asked.answer = undefined;
    show();
  });
  watch();
  show();
})();
