// The field of one option: what it is typed, chosen or attached with, and what is said of it.

import { OPTION } from "../discord.js";
import { button, freshId, grow, make } from "../dom.js";
import { complaintAbout, valueOf, valuesOffered } from "./option-values.js";
import { Suggestions } from "./suggestions.js";
import { chooseFiles, preview, tooLarge } from "./uploads.js";

const HIGHEST_PX = 160;

export class Field {
  #world;
  #form;
  #input = null;
  #wrong;
  #suggestions = null;

  /** @param {object} form  {insert, leave, complete}: where it stands */
  constructor(option, world, form) {
    this.option = option;
    this.file = null;
    this.isShown = false;
    this.element = null;
    this.#world = world;
    this.#form = form;
  }

  get isFile() {
    return this.option.type === OPTION.ATTACHMENT;
  }

  get isEmpty() {
    return this.isFile ? this.file === null : !this.#input || this.#input.value.trim() === "";
  }

  show(text = "") {
    if (this.isShown) return;
    this.isShown = true;
    const { name, description, required } = this.option;
    const id = freshId("option");
    this.#wrong = make("span", { class: "wrong", id: `${id}-wrong` });
    this.#input = this.#build({ id, "aria-describedby": `${id}-about ${id}-wrong`, "aria-required": required ? "true" : null });
    this.element = make("div", { class: "field", data: { option: name } },
      make("label", { for: id }, name, required && make("span", { class: "needed", "aria-hidden": "true" }, " *")),
      make("span", { class: "quiet", id: `${id}-about` }, description),
      make("div", { class: "field-line" }, this.#input, this.#suggestions?.list,
        !required && button("✕", () => this.#form.leave(this), { class: "icon", "aria-label": `Remove option ${name}` })),
      this.#wrong);
    this.#form.insert(this);
    if (text && !this.isFile) this.#write(text);
    this.#grow();
  }

  hide() {
    this.element.remove();
    this.isShown = false;
    this.file = null;
    this.#input = null;
    this.#suggestions = null;
  }

  focus() {
    this.#input.focus();
  }

  attach(file) {
    const words = tooLarge([file], this.#world.channel);
    this.#complain(words);
    if (words) return;
    this.file = file;
    const shown = preview(file, () => {
      this.file = null;
      shown.replaceWith(this.#input);
      this.#input.focus();
    });
    this.#input.replaceWith(shown);
  }

  value() {
    return this.#suggestions?.chosen?.value ?? valueOf(this.option, this.#input.value);
  }

  check() {
    const words = this.complaint();
    this.#complain(words);
    return !words;
  }

  /** What is wrong with it, in the client's words; empty when it fits, as what the bot itself suggested does. */
  complaint() {
    if (this.isEmpty) return this.option.required ? "This option is required. Specify a value." : "";
    return this.isFile || this.#suggestions?.chosen ? "" : complaintAbout(this.option, this.#input.value);
  }

  #complain(words) {
    this.#wrong.textContent = words;
    this.#input.setAttribute("aria-invalid", String(Boolean(words)));
  }

  #build(facts) {
    const { type, autocomplete, required } = this.option;
    if (this.isFile) {
      return button("Choose a file, paste or drop it here", () => chooseFiles(false, (files) => files[0] && this.attach(files[0])), { ...facts, class: "drop" });
    }
    if (autocomplete) {
      this.#suggestions = new Suggestions(this.option.name, facts,
        (text, heard) => this.#form.complete(this, text, heard), (words) => this.#complain(words));
      return this.#suggestions.input;
    }
    const offered = valuesOffered(this.option, this.#world);
    if (offered) {
      return make("select", facts, make("option", { value: "" }, required ? "Choose…" : "—"),
        offered.map(([value, words]) => make("option", { value }, words)));
    }
    if (type === OPTION.STRING) return this.#text(facts);
    return make("input", { ...facts, type: "text", inputmode: type === OPTION.INTEGER ? "numeric" : "decimal", autocomplete: "off" });
  }

  /** Words on one line, however many rows it takes to show them. */
  #text(facts) {
    const input = make("textarea", { ...facts, rows: "1" });
    input.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.isComposing) return;
      event.preventDefault();
      if (!event.shiftKey) input.form.requestSubmit();
    });
    input.addEventListener("input", () => {
      if (input.value.includes("\n")) input.value = input.value.replace(/\s*\n\s*/g, " ");
      this.#grow();
      if (this.#wrong.textContent) this.check();
    });
    return input;
  }

  /** Put a value in as it was typed behind the command: a choice may be named by its words. */
  #write(text) {
    const input = this.#input;
    if (input instanceof HTMLSelectElement) {
      const wanted = text.toLowerCase();
      const found = [...input.options].find((each) => each.value && [each.value, each.text, each.text.slice(1)].some((one) => one.toLowerCase() === wanted));
      input.value = found?.value ?? "";
    } else {
      input.value = text;
    }
  }

  #grow() {
    if (this.#input instanceof HTMLTextAreaElement) grow(this.#input, HIGHEST_PX);
  }
}
