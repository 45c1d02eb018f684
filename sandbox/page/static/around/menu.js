// A menu that opens beside something, and is used by mouse or by keyboard.

import { button, make } from "../dom.js";

/**
 * @param {{label: string, act: () => void, isDangerous?: boolean, group?: string}[]} entries
 * @param {Element|null} anchor   what it opens beside, and where the focus goes back to
 * @param {{x: number, y: number}|null} point  where it opens instead, in pixels of the window
 */
export function openMenu(entries, anchor, point, label) {
  document.querySelector(".menu")?.dispatchEvent(new Event("away"));
  const before = document.activeElement;
  const items = entries.map((each) => button(each.label, () => {
    close(true);
    each.act();
  }, { role: "menuitem", tabindex: "-1", class: each.isDangerous ? "dangerous" : null }));
  const menu = make("div", { class: "menu", role: "menu", "aria-label": label }, grouped(entries, items));
  const leave = () => close(false);
  const away = (event) => menu.contains(event.target) || close(false);

  function close(isBack) {
    menu.remove();
    removeEventListener("pointerdown", away, true);
    removeEventListener("resize", leave);
    if (isBack) (anchor?.isConnected ? anchor : before)?.focus?.({ preventScroll: true });
  }
  menu.addEventListener("away", leave);
  menu.addEventListener("keydown", (event) => walk(event, items, close));
  menu.addEventListener("contextmenu", (event) => event.preventDefault());
  document.querySelector("main").append(menu);
  place(menu, anchor, point);
  addEventListener("pointerdown", away, true);
  addEventListener("resize", leave);
  items[0].focus({ preventScroll: true });
}

/** By arrows, by the first letter of an entry, and out. */
function walk(event, items, close) {
  const at = items.indexOf(document.activeElement);
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[event.key];
  if (to !== undefined) {
    items.at(to % items.length).focus();
  } else if (event.key === "Escape" || event.key === "Tab") {
    close(true);
  } else {
    const begins = (each) => event.key.length === 1 && each.textContent.toLowerCase().startsWith(event.key.toLowerCase());
    [...items.slice(at + 1), ...items].find(begins)?.focus();
    return;
  }
  event.preventDefault();
  event.stopPropagation();
}

function grouped(entries, items) {
  return runs(entries).map(([group, from, to]) => {
    const inside = items.slice(from, to);
    if (!group) return inside;
    return make("div", { role: "group", "aria-label": group }, make("div", { class: "quiet", "aria-hidden": "true" }, group), inside);
  });
}

/** Entries that stand together: [group, from, to]. */
function runs(entries) {
  const found = [];
  for (const [number, { group = "" }] of entries.entries()) {
    if (found.at(-1)?.[0] === group) found.at(-1)[2] = number + 1;
    else found.push([group, number, number + 1]);
  }
  return found;
}

function place(menu, anchor, point) {
  const box = anchor?.getBoundingClientRect();
  const x = point && !anchor ? point.x : box.right - menu.offsetWidth;
  const y = point && !anchor ? point.y : box.bottom + 4;
  menu.style.left = `${Math.max(8, Math.min(x, innerWidth - menu.offsetWidth - 8))}px`;
  menu.style.top = `${Math.max(8, Math.min(y, innerHeight - menu.offsetHeight - 8))}px`;
}
