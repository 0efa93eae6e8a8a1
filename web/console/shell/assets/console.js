"use strict";
// What scripts add to the console: keys, selecting rows, copying, looking up,
// and gentle swaps. Every page works without this file.
(() => {
  const root = document.documentElement;
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const said = document.getElementById("said");
  const say = (text) => { if (said) said.textContent = text; };
  const number = (n) => new Intl.NumberFormat(root.lang).format(n);
  const visible = (el) => el.getClientRects().length > 0 && !el.disabled;
  root.classList.add("js");

  // ---- what only makes sense with scripts is hidden until here ----
  const prepare = (within) => {
    all("[data-copy][hidden], [data-help][hidden]", within).forEach((el) => { el.hidden = false; });
    all("[data-pick-all]", within).forEach((el) => { el.closest("label").hidden = false; });
    all("form", within).forEach(countPicked);
    document.activeElement?.closest?.("[data-rows] tbody > tr")?.classList.add("here"); // a swap took the mark
  };

  // ---- rows: select all, a range, and how many ----
  const boxes = (form) => all('td.pick input[type="checkbox"]', form);
  let lastBox = null;
  function countPicked(form) {
    const bulk = form.querySelector("[data-bulk]");
    if (!bulk) return;
    const mine = boxes(form), picked = mine.filter((b) => b.checked);
    mine.forEach((b) => b.closest("tr").classList.toggle("picked", b.checked));
    bulk.toggleAttribute("data-empty", picked.length === 0);
    const every = form.querySelector("[data-pick-all]");
    if (every) {
      every.checked = picked.length > 0 && picked.length === mine.length;
      every.indeterminate = picked.length > 0 && picked.length < mine.length;
    }
    const count = bulk.querySelector("[data-picked]");
    if (count) count.textContent = said.dataset.selected.replace("{n}", number(picked.length));
  }
  function pick(box, on, range) {
    const mine = boxes(box.form);
    const from = mine.indexOf(lastBox), to = mine.indexOf(box);
    const span = range && from >= 0 ? mine.slice(Math.min(from, to), Math.max(from, to) + 1) : [box];
    span.forEach((b) => { b.checked = on; });
    lastBox = box;
    countPicked(box.form);
  }
  document.addEventListener("click", (e) => {
    const box = e.target.closest?.('td.pick input[type="checkbox"]');
    if (box?.form) pick(box, box.checked, e.shiftKey);
    const every = e.target.closest?.("[data-pick-all]");
    if (every?.form) { boxes(every.form).forEach((b) => { b.checked = every.checked; }); countPicked(every.form); }
    const copy = e.target.closest?.("[data-copy]");
    if (copy) {
      navigator.clipboard?.writeText(document.getElementById(copy.dataset.copy)?.textContent ?? "").then(() => {
        say(said.dataset.copied);
        const before = copy.textContent;
        copy.textContent = said.dataset.copied;
        setTimeout(() => { copy.textContent = before; }, 1500);
      }, () => getSelection()?.selectAllChildren(document.getElementById(copy.dataset.copy))); // not allowed to copy: select it
    }
    if (e.target.closest?.("[data-help]")) help();
    all("details.menu[open]").forEach((menu) => { if (!menu.contains(e.target)) menu.open = false; });
  });
  document.addEventListener("focusout", (e) => {
    const menu = e.target.closest?.("details.menu[open]");
    if (menu && e.relatedTarget && !menu.contains(e.relatedTarget)) menu.open = false;
  });

  // ---- keys ----
  const typing = (el) => el.isContentEditable || el.matches("textarea, select") ||
    (el.matches("input") && !el.matches('[type="checkbox"], [type="radio"], [type="button"], [type="submit"]'));
  const rows = () => { const table = all("[data-rows]").find(visible); return table ? all("tbody > tr", table) : []; };
  const handle = (row) => row.querySelector("[data-open]") ?? row.querySelector("th a, td:not(.pick) a") ?? row;
  function go(row) {
    rows().forEach((r) => r.classList.toggle("here", r === row));
    const el = handle(row);
    if (el === row) row.tabIndex = -1;
    el.focus();
  }
  document.addEventListener("focusin", (e) => {
    const row = e.target.closest?.("[data-rows] tbody > tr");
    if (row) rows().forEach((r) => r.classList.toggle("here", r === row));
  });
  const move = (step) => {
    const list = rows();
    if (!list.length) return false;
    const at = list.findIndex((r) => r.classList.contains("here"));
    go(list[at < 0 ? (step > 0 ? 0 : list.length - 1) : Math.min(Math.max(at + step, 0), list.length - 1)]);
    return true;
  };
  const here = () => rows().find((r) => r.classList.contains("here"));
  const select = (range) => {
    const box = here()?.querySelector('td.pick input[type="checkbox"]');
    if (!box) return false;
    pick(box, range ? true : !box.checked, range);
    say(box.form.querySelector("[data-picked]")?.textContent ?? "");
    return true;
  };
  const own = {
    j: () => move(1), k: () => move(-1), x: () => select(false), X: () => select(true),
    o: () => { const row = here(); if (row) handle(row).click(); return !!row; },
    "/": () => { const box = document.getElementById("search") ?? all('input[type="search"]').find(visible); box?.focus(); return !!box; },
    "?": () => help(),
  };
  const labelled = (key) => all(`[data-key="${CSS.escape(key)}"]`).find(visible);
  // What is done to ticked rows is done to the row that is marked, where none is ticked.
  const aim = (key) => {
    const box = here()?.querySelector('td.pick input[type="checkbox"]');
    if (box?.form?.querySelector(`[data-bulk][data-empty] [data-key="${CSS.escape(key)}"]`)) pick(box, true, false);
  };
  const press = (el) => {
    if (el.matches("input:not([type=checkbox], [type=radio], [type=submit], [type=button]), select, textarea")) { el.focus(); return; }
    el.click();
    if (el.matches("summary") && el.parentElement.open) all("input:not([type=hidden]), select, textarea, button", el.parentElement).find(visible)?.focus();
  };
  let first = "", firstAt = 0;
  document.addEventListener("keydown", (e) => {
    if (e.key === "Escape") { all("details.menu[open]").forEach((m) => { m.open = false; if (m.contains(document.activeElement)) m.querySelector("summary").focus(); }); return; }
    if (root.dataset.keys === "off" || e.ctrlKey || e.altKey || e.metaKey || e.isComposing || e.defaultPrevented || e.key.length !== 1 ||
      typing(e.target) || document.querySelector("dialog[open]")) return;
    const two = first && e.timeStamp - firstAt < 1500 ? `${first} ${e.key}` : "";
    if (!two) aim(e.key);
    const el = (two && labelled(two)) || labelled(e.key) || (two && all(`[data-key="${CSS.escape(two)}"]`)[0]);
    first = "";
    if (el) {
      e.preventDefault();
      press(el);
    } else if (Object.hasOwn(own, e.key)) {
      if (own[e.key]()) e.preventDefault();
    } else if (document.querySelector(`[data-key^="${CSS.escape(e.key)} "]`)) {
      first = e.key; firstAt = e.timeStamp;
    }
  });
  function help() {
    const dialog = document.getElementById("keys-help");
    if (!dialog?.showModal || dialog.open) return false;
    const list = dialog.querySelector("dl"), words = dialog.dataset, seen = new Set();
    list.replaceChildren();
    const add = (key, text) => {
      if (seen.has(key)) return;
      seen.add(key);
      const dt = document.createElement("dt"), dd = document.createElement("dd");
      key.split(" ").forEach((k) => { const kbd = document.createElement("kbd"); kbd.textContent = k; dt.append(kbd, " "); });
      dd.textContent = text;
      list.append(dt, dd);
    };
    all("[data-key]").forEach((el) => add(el.dataset.key, (el.dataset.keyText ?? el.getAttribute("aria-label") ?? el.textContent).trim()));
    if (rows().length) {
      add("j", words.next); add("k", words.previous); add("o", words.open);
      if (document.querySelector("td.pick")) { add("x", words.select); add("X", words.range); }
    }
    if (document.getElementById("search")) add("/", words.search);
    add("?", words.this);
    dialog.showModal();
    return true;
  }

  // ---- what was typed is not lost by a slip ----
  const guarded = (el) => el.closest?.('form[method="post"]:not([data-unguarded])');
  const changed = new Set();
  document.addEventListener("input", (e) => {
    const form = guarded(e.target);
    if (form && !e.target.closest(".pick, [data-bulk]")) changed.add(form);
  });
  document.addEventListener("submit", (e) => changed.delete(e.target));
  addEventListener("beforeunload", (e) => {
    if ([...changed].some((form) => form.isConnected)) { e.preventDefault(); e.returnValue = said?.dataset.leave ?? ""; }
  });

  // ---- one of very many, found while typing ----
  let asking = null, wait = 0;
  document.addEventListener("input", (e) => {
    const field = e.target.closest?.("[data-lookup]");
    if (!field) return;
    clearTimeout(wait);
    wait = setTimeout(async () => {
      asking?.abort();
      asking = new AbortController();
      const url = new URL(field.dataset.lookup, location);
      url.searchParams.set("q", field.value);
      try {
        const answer = await fetch(url, { signal: asking.signal });
        if (!answer.ok || answer.redirected) return;
        const found = new DOMParser().parseFromString(await answer.text(), "text/html").querySelectorAll("option");
        field.list.replaceChildren(...[...found].map((o) => new Option(o.textContent, o.getAttribute("value"))));
      } catch { /* typing on, or away: the field still takes what is typed */ }
    }, 200);
  });

  // ---- htmx: short addresses, honest failures, and nobody lost ----
  document.addEventListener("htmx:config:request", (e) => {
    const { request } = e.detail.ctx;
    if (request.method !== "GET" || !request.form) return;
    for (const [key, value] of [...request.body]) if (value === "" && request.body.getAll(key).length === 1) request.body.delete(key);
  });
  document.addEventListener("htmx:before:request", (e) => {
    const { sourceElement, target } = e.detail.ctx;
    if (!sourceElement.matches("[hx-sse\\:connect]")) target?.setAttribute?.("aria-busy", "true"); // a stream is not awaited
  });
  document.addEventListener("htmx:finally:request", (e) => e.detail.ctx.target?.removeAttribute?.("aria-busy"));
  document.addEventListener("htmx:before:response", (e) => {
    const { ctx } = e.detail, { raw } = ctx.response;
    const stream = raw.headers.get("Content-Type")?.includes("text/event-stream");
    if (stream) return;
    // A session that ended, or an error: show the whole page, not a part of it.
    if ((raw.redirected && new URL(raw.url).pathname === "/sign-in") || (raw.status >= 400 && raw.status !== 422 && ctx.request.method === "GET")) {
      e.preventDefault();
      if (!ctx.sourceElement.matches("[hx-sse\\:connect]")) location.assign(ctx.sourceElement.matches("form") ? ctx.request.action : location.href);
    }
  });
  document.addEventListener("htmx:after:swap", (e) => {
    const swap = e.detail.ctx, target = swap.target?.isConnected ? swap.target : document.querySelector(swap.select ?? "main") ?? document.body;
    prepare(document);
    if (target.id === "main" || target === document.body) {
      const heading = document.querySelector("main h1");
      if (heading) { heading.tabIndex = -1; heading.focus(); }
    }
    const count = target.querySelector?.("[data-say]");
    if (count) say(count.textContent.trim());
  });
  addEventListener("pageshow", () => prepare(document));
  prepare(document);
})();
