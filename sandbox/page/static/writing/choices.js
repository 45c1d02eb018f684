// A list to choose from, beside a text field.

import { freshId, make } from "../dom.js";

/** It stands below or above a field that keeps the focus (the listbox pattern). */
export class Choices {
  #field;
  #choose;
  #list;
  #items = [];
  #at = 0;

  constructor(field, label, choose) {
    this.#field = field;
    this.#choose = choose;
    this.#list = make("ul", { class: "choices", role: "listbox", "aria-label": label, id: freshId("choices"), hidden: true });
    field.setAttribute("aria-autocomplete", "list");
    field.setAttribute("aria-controls", this.#list.id);
    field.setAttribute("autocomplete", "off");
  }

  get element() {
    return this.#list;
  }

  get isOpen() {
    return !this.#list.hidden;
  }

  /** `items`: {title, about, value}; an empty list closes it. */
  show(items) {
    this.#items = items;
    this.#at = 0;
    this.#list.replaceChildren(...items.map((each, number) => make("li", {
      role: "option",
      id: `${this.#list.id}-${number}`,
      "aria-selected": "false",
      on: {
        pointerdown: (event) => event.preventDefault(),
        click: () => this.#take(number),
        pointermove: () => this.#mark(number),
      },
    }, make("span", { class: "title" }, each.title), each.about && make("span", { class: "quiet" }, each.about))));
    this.#list.hidden = items.length === 0;
    if (this.#field.getAttribute("role") === "combobox") this.#field.setAttribute("aria-expanded", String(this.isOpen));
    if (items.length) {
      this.#place();
      this.#mark(0);
    } else {
      this.#field.removeAttribute("aria-activedescendant");
    }
  }

  close() {
    this.show([]);
  }

  /** True when the key was for the list. */
  key(event) {
    if (!this.isOpen || event.isComposing) return false;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      const step = event.key === "ArrowDown" ? 1 : -1;
      this.#mark((this.#at + step + this.#items.length) % this.#items.length);
    } else if ((event.key === "Enter" && !event.shiftKey) || (event.key === "Tab" && !event.shiftKey)) {
      this.#take(this.#at);
    } else if (event.key === "Escape") {
      this.close();
    } else {
      return false;
    }
    event.preventDefault();
    event.stopPropagation();
    return true;
  }

  /** Beside a field of a form that scrolls, the list floats over everything: below it, or where there is more room above its name. */
  #place() {
    if (!this.#list.closest(".field-line")) return;
    const box = this.#field.getBoundingClientRect();
    const name = this.#list.closest(".field").getBoundingClientRect();
    const { style } = this.#list;
    style.left = `${box.left}px`;
    style.width = `${box.width}px`;
    const room = innerHeight - box.bottom;
    const isAbove = room < this.#list.scrollHeight + 16 && room < name.top;
    style.top = isAbove ? "auto" : `${box.bottom}px`;
    style.bottom = isAbove ? `${innerHeight - name.top}px` : "auto";
    style.maxHeight = `${Math.min(420, (isAbove ? name.top : room) - 16)}px`;
  }

  #mark(number) {
    this.#list.children[this.#at]?.setAttribute("aria-selected", "false");
    this.#at = number;
    const item = this.#list.children[number];
    item.setAttribute("aria-selected", "true");
    item.scrollIntoView({ block: "nearest" });
    this.#field.setAttribute("aria-activedescendant", item.id);
  }

  #take(number) {
    const item = this.#items[number];
    this.close();
    this.#choose(item.value);
  }
}
