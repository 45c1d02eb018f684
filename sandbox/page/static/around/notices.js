// Short notices to the person.

import { button, make } from "../dom.js";

const SHOWN_MS = 7_000;

/** @param {{label: string, act: () => void}|null} act  what the person may do about it */
export function notify(region, words, act) {
  const notice = make("div", { class: "notice", role: "alert" }, make("span", {}, words),
    act && button(act.label, () => {
      notice.remove();
      act.act();
    }, { class: "as-link" }),
    button("✕", () => notice.remove(), { class: "icon", "aria-label": "Close this notice" }));
  region.append(notice);
  setTimeout(() => notice.remove(), SHOWN_MS);
}
