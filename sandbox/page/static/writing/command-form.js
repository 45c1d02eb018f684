// One command being typed: a field for each of its options that is needed or wanted, sent when all of them fit.

import { OPTION } from "../discord.js";
import { button, make } from "../dom.js";
import { Field } from "./option-field.js";
import { upload } from "./uploads.js";

export class CommandForm {
  #page;
  #command;
  #fields;
  #options = make("div", { class: "options" });
  #offers = make("div", { class: "offers" });
  #wrong = make("p", { class: "wrong", role: "alert" });
  #send = make("button", { type: "submit", class: "button primary" }, "Send");
  #onDone;

  /**
   * @param {object} page    {world, slash, complete}
   * @param {object} command  as `typable` has it
   * @param {object} values   what was typed behind it, by the names of its options
   * @param {() => void} onDone  called when it was sent, or left
   */
  constructor(page, command, values, onDone) {
    this.#page = page;
    this.#command = command;
    this.#onDone = onDone;
    this.element = make("form", { class: "command", novalidate: true, "aria-label": `/${command.words}` },
      make("div", { class: "command-head" },
        make("strong", { class: "command-name" }, `/${command.words}`), make("span", { class: "quiet" }, command.description)),
      this.#options, this.#offers, this.#wrong,
      make("div", { class: "card-tools" }, button("Cancel", onDone, { class: "button secondary" }), this.#send));
    this.#fields = command.options.map((each) => new Field(each, page.world, this));
    for (const field of this.#fields) {
      if (field.option.required || field.option.name in values) field.show(values[field.option.name]);
    }
    this.#offer();
    this.element.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
    this.element.addEventListener("keydown", (event) => this.#key(event));
  }

  focus() {
    const shown = this.#shown();
    (shown.find((each) => each.isEmpty) ?? shown[0] ?? this.#send).focus();
  }

  /** Pasted or dropped files go to the first option that waits for one; false when none does. */
  take(files) {
    const field = this.#fields.find((each) => each.option.type === OPTION.ATTACHMENT && each.isEmpty);
    if (!field || !files.length) return false;
    field.show();
    field.attach(files[0]);
    this.#offer();
    return true;
  }

  // What its fields ask for

  /** A field that is shown now stands where the command has its option. */
  insert(field) {
    const next = this.#fields.slice(this.#fields.indexOf(field) + 1).find((each) => each.isShown);
    this.#options.insertBefore(field.element, next?.element ?? null);
  }

  leave(field) {
    field.hide();
    this.#offer();
    this.focus();
  }

  /** Ask the bot for values of a field; of the others it is told what is a value already. */
  complete(field, text, heard) {
    const others = this.#shown().filter((each) => each !== field && !each.isEmpty && !each.isFile && !each.complaint());
    const options = Object.fromEntries(others.map((each) => [each.option.name, each.value()]));
    this.#page.complete({ command: this.#command.words, field: field.option.name, text, options }, heard);
  }

  #shown() {
    return this.#fields.filter((each) => each.isShown);
  }

  #offer() {
    const hidden = this.#fields.filter((each) => !each.isShown);
    this.#offers.replaceChildren(...hidden.map((each) => button(`+ ${each.option.name}`, () => {
      each.show();
      this.#offer();
      each.focus();
    }, { class: "offer", title: each.option.description, "aria-label": `Add option ${each.option.name}: ${each.option.description}` })));
  }

  #key(event) {
    if (event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    this.#onDone();
  }

  async #submit() {
    const wrong = this.#shown().filter((each) => !each.check());
    if (wrong.length) {
      wrong[0].focus();
      return;
    }
    this.#send.disabled = true;
    this.#wrong.textContent = "";
    const fail = (words) => {
      this.#send.disabled = false;
      this.#wrong.textContent = words;
    };
    let options;
    try {
      options = await this.#values();
    } catch (error) {
      fail(error.message);
      return;
    }
    if (!this.element.isConnected) return; // it was left while its files were on their way
    this.#page.slash({ command: this.#command.words, options }, { pending: this.#onDone, refused: fail });
  }

  /** By the names of the options. Files are sent ahead; an Error has words for the person. */
  async #values() {
    const values = {};
    for (const each of this.#shown().filter((field) => !field.isEmpty)) {
      values[each.option.name] = each.isFile ? await upload(each.file, this.#page.world) : each.value();
    }
    return values;
  }
}
