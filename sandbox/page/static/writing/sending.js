// A command on its way: while it waits for long, and where it fails, that stands among the messages.

import { button, make } from "../dom.js";

const SLOW_MS = 300; // one that is answered sooner needs no «sending»

export class Sending {
  #words;
  #note;
  #shown = null;
  #timer;

  /**
   * @param {string} words  the command as it was typed
   * @param {(element: Element) => Element|null} note  puts an element among the messages; null where they are gone
   */
  constructor(words, note) {
    this.#words = words;
    this.#note = note;
    this.#timer = setTimeout(() => this.#show(make("p", { class: "quiet" }, `Sending ${words}…`)), SLOW_MS);
  }

  settle() {
    clearTimeout(this.#timer);
    this.#shown?.remove();
  }

  fail(why) {
    this.settle();
    this.#show(make("div", { class: "failed", role: "alert" },
      make("p", {}, make("strong", {}, this.#words), " ", make("span", { class: "failure" }, why)),
      make("p", { class: "quiet only-you" }, "Only you can see this · ",
        button("Dismiss message", () => this.#shown.remove(), { class: "as-link" }))));
  }

  #show(element) {
    this.#shown?.remove();
    this.#shown = this.#note(element);
  }
}
