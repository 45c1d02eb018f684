// What a message that is being written answers, and whether its author is pinged.

import { button, make } from "../dom.js";
import { formattedLine } from "../messages/markdown.js";

const PREVIEW_CHARS = 80;

export class ReplyBar {
  #page;
  message = null;
  isPing = true;

  constructor(page) {
    this.#page = page;
    this.element = make("div", { class: "replying", hidden: true });
  }

  answer(message) {
    this.message = message;
    this.isPing = true;
    const name = this.#page.world.name(message.author.id);
    const ping = button("@ On", () => {
      this.isPing = !this.isPing;
      ping.textContent = this.isPing ? "@ On" : "@ Off";
      ping.setAttribute("aria-pressed", String(this.isPing));
    }, { class: "ping", "aria-pressed": "true", "aria-label": `Ping ${name}` });
    this.element.replaceChildren(
      make("span", {}, "Replying to ", make("strong", {}, name), " ",
        make("span", { class: "quiet preview" }, formattedLine(message.content.slice(0, PREVIEW_CHARS), this.#page.names))),
      ping, button("✕", () => this.clear(), { class: "icon", "aria-label": "Do not reply" }));
    this.element.hidden = false;
  }

  clear() {
    this.message = null;
    this.element.replaceChildren();
    this.element.hidden = true;
  }
}
