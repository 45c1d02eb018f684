// One command being typed: a field for each of its options, checked as the client checks them.

import { Choices } from "./commands.js";
import { button, freshId, make } from "./dom.js";
import { chooseFiles, preview, tooLarge, upload } from "./uploads.js";

const STRING = 3;
const INTEGER = 4;
const BOOLEAN = 5;
const USER = 6;
const CHANNEL = 7;
const ROLE = 8;
const MENTIONABLE = 9;
const NUMBER = 10;
const ATTACHMENT = 11;
const LONGEST = 6000;
const PAUSE_MS = 150;

/** What a command's fields hold. `page` is {world, act, say}. */
export class CommandForm {
  #page;
  #command;
  #fields = [];
  #offers;
  #wrong;
  #send;
  #onDone;

  /** @param {(words: string|null) => void} onDone  called when it was sent, or left */
  constructor(page, command, values, onDone) {
    this.#page = page;
    this.#command = command;
    this.#onDone = onDone;
    this.#offers = make("div", { class: "offers" });
    this.#wrong = make("p", { class: "wrong", role: "alert" });
    this.#send = make("button", { type: "submit", class: "button primary" }, "Send");
    const fields = make("div", { class: "options" });
    this.element = make("form", { class: "command", novalidate: true, "aria-label": `/${command.words}` },
      make("div", { class: "command-head" },
        make("strong", { class: "command-name" }, `/${command.words}`), make("span", { class: "quiet" }, command.description)),
      fields, this.#offers, this.#wrong,
      make("div", { class: "card-tools" }, button("Cancel", () => this.#onDone(null), { class: "button secondary" }), this.#send));
    this.#fields = command.options.map((each) => new Field(each, this, fields));
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

  get page() {
    return this.#page;
  }

  get command() {
    return this.#command;
  }

  focus() {
    const first = this.#fields.find((each) => each.isShown && each.isEmpty) ?? this.#fields.find((each) => each.isShown);
    if (first) first.focus();
    else this.#send.focus();
  }

  /** Pasted or dropped files go to the first option that waits for one; false when none does. */
  take(files) {
    const field = this.#fields.find((each) => each.option.type === ATTACHMENT && each.isEmpty);
    if (!field || !files.length) return false;
    field.show();
    field.attach(files[0]);
    this.#offer();
    return true;
  }

  /** What the other fields hold, for autocomplete: what is no value yet is left out. */
  get written() {
    return Object.fromEntries(this.#fields.filter((each) => each.isShown && !each.isEmpty && !each.isFile && !each.complaint())
      .map((each) => [each.option.name, each.value()]));
  }

  leave(field) {
    field.hide();
    this.#offer();
    this.focus();
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
    if (event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      this.#onDone(null);
    }
  }

  async #submit() {
    const shown = this.#fields.filter((each) => each.isShown);
    const wrong = shown.filter((each) => !each.check());
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
    const options = {};
    try {
      for (const each of shown.filter((field) => !field.isEmpty)) {
        options[each.option.name] = each.isFile ? await upload(each.file, this.#page.world) : each.value();
      }
    } catch (error) {
      fail(error.message);
      return;
    }
    if (!this.element.isConnected) return; // it was left while its files were on their way
    this.#page.slash({ command: this.#command.words, options }, { pending: () => this.#onDone(this.#command.words), refused: fail });
  }
}

class Field {
  #form;
  #parent;
  #input = null;
  #wrong;
  #choices = null;
  #chosen = null; // {title, value} of an autocomplete
  #timer = 0;
  #asked = 0;

  constructor(option, form, parent) {
    this.option = option;
    this.file = null;
    this.isShown = false;
    this.element = null;
    this.#form = form;
    this.#parent = parent;
  }

  get isFile() {
    return this.option.type === ATTACHMENT;
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
      make("div", { class: "field-line" }, this.#input, this.#choices?.element,
        !required && button("✕", () => this.#form.leave(this), { class: "icon", "aria-label": `Remove option ${name}` })),
      this.#wrong);
    const order = this.#form.command.options.map((each) => each.name);
    const next = [...this.#parent.children].find((each) => order.indexOf(each.dataset.option) > order.indexOf(name));
    this.#parent.insertBefore(this.element, next ?? null);
    if (text && !this.isFile) this.#write(text);
    this.#grow();
  }

  hide() {
    this.element.remove();
    this.isShown = false;
    this.file = null;
    this.#chosen = null;
    this.#input = null;
  }

  focus() {
    this.#input.focus();
  }

  attach(file) {
    const words = tooLarge([file], this.#form.page.world.channel);
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
    const text = this.#input.value;
    if (this.#chosen && this.#chosen.title === text) return this.#chosen.value;
    switch (this.option.type) {
      case INTEGER: return Number.parseInt(text, 10);
      case NUMBER: return Number(text.replace(",", "."));
      case BOOLEAN: return text === "true";
      default: {
        const choice = (this.option.choices ?? []).find((each) => String(each.value) === text);
        return choice ? choice.value : this.option.type === STRING ? text.trim() : text;
      }
    }
  }

  check() {
    const words = this.complaint();
    this.#complain(words);
    return !words;
  }

  /** What is wrong with it, in the client's words; empty when it fits. */
  complaint() {
    const { type, required, choices } = this.option;
    if (this.isEmpty) return required ? "This option is required. Specify a value." : "";
    if (this.isFile) return "";
    const value = this.value();
    if (choices?.length) return choices.some((each) => each.value === value) ? "" : "Choose one of the offered values.";
    if (type === STRING && !this.#chosen) return outside(value.length, this.option.min_length ?? 1, this.option.max_length ?? LONGEST, "characters");
    if (type === INTEGER && !/^[+-]?\d+$/.test(this.#input.value.trim())) return "Enter a valid integer.";
    if (type === NUMBER && !Number.isFinite(value)) return "Enter a valid number.";
    if (type === INTEGER || type === NUMBER) return outside(value, this.option.min_value ?? -Infinity, this.option.max_value ?? Infinity, "");
    return "";
  }

  #complain(words) {
    this.#wrong.textContent = words;
    this.#input.setAttribute("aria-invalid", String(Boolean(words)));
  }

  #build(facts) {
    const { type, choices, autocomplete, required } = this.option;
    const world = this.#form.page.world;
    if (type === ATTACHMENT) {
      return button("Choose a file, paste or drop it here", () => chooseFiles(false, (files) => files[0] && this.attach(files[0])), { ...facts, class: "drop" });
    }
    if (autocomplete) return this.#completing(facts);
    const offered = {
      [BOOLEAN]: () => [["true", "True"], ["false", "False"]],
      [USER]: () => world.members.map((each) => [each.id, `@${each.name}`]),
      [ROLE]: () => (world.server?.roles ?? []).map((each) => [each.id, `@${each.name}`]),
      [MENTIONABLE]: () => [...world.members, ...(world.server?.roles ?? [])].map((each) => [each.id, `@${each.name}`]),
      [CHANNEL]: () => [...world.channels.values()].filter((each) => each.server === world.channel.server).map((each) => [each.id, world.placeName(each)]),
    }[type];
    const listed = choices?.length ? choices.map((each) => [String(each.value), each.name]) : offered?.();
    if (listed) {
      return make("select", facts, make("option", { value: "" }, required ? "Choose…" : "—"),
        listed.map(([value, words]) => make("option", { value }, words)));
    }
    if (type === STRING) return this.#text(facts);
    return make("input", { ...facts, type: "text", inputmode: type === INTEGER ? "numeric" : "decimal", autocomplete: "off" });
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

  #completing(facts) {
    const input = make("input", { ...facts, type: "text", role: "combobox", "aria-expanded": "false" });
    this.#choices = new Choices(input, `Values of ${this.option.name}`, (choice) => {
      this.#chosen = { title: choice.name, value: choice.value };
      input.value = choice.name;
    });
    input.addEventListener("input", () => {
      this.#chosen = null;
      this.#complete(input.value);
    });
    input.addEventListener("focus", () => !this.#chosen && this.#complete(input.value));
    input.addEventListener("blur", () => {
      clearTimeout(this.#timer);
      this.#asked += 1;
      this.#choices.close();
    });
    input.addEventListener("keydown", (event) => this.#choices.key(event));
    return input;
  }

  #complete(text) {
    clearTimeout(this.#timer);
    const asked = ++this.#asked;
    this.#timer = setTimeout(() => {
      const { page, command, written } = this.#form;
      const isStale = () => asked !== this.#asked || document.activeElement !== this.#input;
      delete written[this.option.name];
      page.complete({ command: command.words, field: this.option.name, text, options: written }, {
        choices: (choices) => {
          if (isStale()) return;
          this.#complain("");
          this.#choices.show(choices.map((each) => ({ title: each.name, value: each })));
        },
        failed: (words) => !isStale() && this.#complain(words),
        refused: (words) => !isStale() && this.#complain(words),
      });
    }, PAUSE_MS);
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
    const input = this.#input;
    if (!(input instanceof HTMLTextAreaElement)) return;
    input.style.height = "auto";
    input.style.height = `${Math.min(input.scrollHeight + 2, 160)}px`;
  }
}

function outside(value, least, most, unit) {
  const of = unit ? ` ${unit} (now ${value})` : "";
  if (value < least) return `Must be ${least} or more${of}.`;
  return value > most ? `Must be ${most} or fewer${of}.` : "";
}
