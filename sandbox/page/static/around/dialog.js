// Dialogs, which lie over the page until they are closed.

import { button, make } from "../dom.js";

/** Shows a <dialog>; once it is closed it is gone. */
export function showDialog(dialog) {
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
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
  showDialog(dialog);
}
