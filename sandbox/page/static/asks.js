// What was asked of the bot, and who on the page waits for which answer.

export class Asks {
  #send;
  #waiting = new Map();
  #last = 0;

  constructor(send) {
    this.#send = send;
  }

  /**
   * @param {object} message   what is asked; it is given a number
   * @param {object} heard     functions by state: pending, answered, failed, modal, choices, refused, said
   */
  ask(message, heard = {}) {
    const ask = String(++this.#last);
    this.#waiting.set(ask, heard);
    if (!this.#send({ ...message, ask })) {
      this.#waiting.delete(ask);
      heard.refused?.("There is no connection right now.");
    }
    return ask;
  }

  /** An answer came. Returns whether anybody waited for it. */
  heard(message) {
    const waiting = this.#waiting.get(message.ask);
    if (!waiting) return false;
    const state = message.type === "asked" ? message.state : message.type;
    if (state !== "pending") this.#waiting.delete(message.ask);
    const about = { choices: message.choices, modal: message.modal, answered: message.message, said: message.message }[state] ?? message.words;
    waiting[state]?.(about, message);
    return state in waiting;
  }

  /** Somebody else sits down: what the other one asked is no business of theirs. */
  forget() {
    this.#waiting.clear();
  }

  /** The connection is lost: nobody gets an answer any more. */
  lose() {
    const lost = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const each of lost) (each.failed ?? each.refused)?.("The connection was lost before an answer came.");
  }
}
