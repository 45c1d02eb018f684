// Autocomplete: a text field for which the bot suggests values while somebody types.

import { make } from "../dom.js";
import { Choices } from "./choices.js";

const PAUSE_MS = 150;

export class Suggestions {
  #choices;
  #ask;
  #complain;
  #timer = 0;
  #asked = 0;

  /**
   * @param {string} name   of the option
   * @param {object} facts  attributes of the text field
   * @param {(text: string, heard: object) => void} ask  asks the bot
   * @param {(words: string) => void} complain  says what is wrong; an empty text takes it back
   */
  constructor(name, facts, ask, complain) {
    this.#ask = ask;
    this.#complain = complain;
    this.chosen = null; // {name, value}, as the bot suggested it, until something else is typed
    this.input = make("input", { ...facts, type: "text", role: "combobox", "aria-expanded": "false" });
    this.#choices = new Choices(this.input, `Values of ${name}`, (choice) => {
      this.chosen = choice;
      this.input.value = choice.name;
    });
    this.input.addEventListener("input", () => {
      this.chosen = null;
      this.#complete();
    });
    this.input.addEventListener("focus", () => !this.chosen && this.#complete());
    this.input.addEventListener("blur", () => this.#leave());
    this.input.addEventListener("keydown", (event) => this.#choices.key(event));
  }

  get list() {
    return this.#choices.element;
  }

  #leave() {
    clearTimeout(this.#timer);
    this.#asked += 1;
    this.#choices.close();
  }

  /** Asks once the person pauses; an answer that comes too late is nobody's. */
  #complete() {
    clearTimeout(this.#timer);
    const asked = ++this.#asked;
    const ifFresh = (act) => (told) => asked === this.#asked && document.activeElement === this.input && act(told);
    const complain = ifFresh((words) => this.#complain(words));
    this.#timer = setTimeout(() => this.#ask(this.input.value, {
      choices: ifFresh((choices) => {
        this.#complain("");
        this.#choices.show(choices.map((each) => ({ title: each.name, value: each })));
      }),
      failed: complain,
      refused: complain,
    }), PAUSE_MS);
  }
}
