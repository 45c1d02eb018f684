// The menu of a message, by right click, by its ⋯ button, or by the menu key.

import { button, make } from "./dom.js";

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
  const menu = make("div", { class: "menu", role: "menu", "aria-label": label }, runs(entries).map(([group, from, to]) => {
    const inside = items.slice(from, to);
    return group
      ? make("div", { role: "group", "aria-label": group }, make("div", { class: "quiet", "aria-hidden": "true" }, group), inside)
      : inside;
  }));
  const shown = [...menu.querySelectorAll("[role=menuitem]")];

  function close(isBack) {
    menu.remove();
    removeEventListener("pointerdown", away, true);
    removeEventListener("resize", leave);
    if (isBack) (anchor?.isConnected ? anchor : before)?.focus?.({ preventScroll: true });
  }
  function away(event) {
    if (!menu.contains(event.target)) close(false);
  }
  function leave() {
    close(false);
  }
  menu.addEventListener("away", leave);
  menu.addEventListener("keydown", (event) => {
    const at = shown.indexOf(document.activeElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: shown.length - 1 }[event.key];
    if (to !== undefined) shown.at(to % shown.length).focus();
    else if (event.key === "Escape" || event.key === "Tab") close(true);
    else if (event.key.length === 1) {
      const next = [...shown.slice(at + 1), ...shown].find((each) => each.textContent.toLowerCase().startsWith(event.key.toLowerCase()));
      next?.focus();
      return;
    } else return;
    event.preventDefault();
    event.stopPropagation();
  });
  menu.addEventListener("contextmenu", (event) => event.preventDefault());
  document.querySelector("main").append(menu);
  place(menu, anchor, point);
  addEventListener("pointerdown", away, true);
  addEventListener("resize", leave);
  shown[0]?.focus({ preventScroll: true });
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

/** Ask before something that cannot be taken back. */
export function confirm(title, words, yes, act) {
  const dialog = make("dialog", { class: "card", "aria-labelledby": "confirm-title" },
    make("h2", { id: "confirm-title" }, title), make("p", {}, words),
    make("div", { class: "card-tools" },
      button("Cancel", () => dialog.close(), { class: "button secondary" }),
      button(yes, () => {
        dialog.close();
        act();
      }, { class: "button danger" })));
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}
