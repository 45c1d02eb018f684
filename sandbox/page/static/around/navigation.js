// Which channel is open, and the ways from one to another.

import { button, make } from "../dom.js";

export class Navigation {
  #page;
  #parts;
  #wanted = null; // id of the channel to open once the places are known
  #sought = null; // id of the message to go to once its channel is open
  #seat = null; // who sat where when the composer was last cleared

  /**
   * @param {object} page   {world, log, composer, side, send, say, enter}
   * @param {object} parts  elements: {title, log, composer, gate}
   */
  constructor(page, parts) {
    this.#page = page;
    this.#parts = parts;
  }

  /** Whether a message of the server is about the open channel. */
  isHere(message) {
    return message.channel === this.#page.world.current;
  }

  /** The name of the open channel. */
  get label() {
    const { world } = this.#page;
    return world.placeName(world.channel);
  }

  /** The connection is anew, and perhaps the person: what was open is to be opened again. */
  leave() {
    const { world } = this.#page;
    this.#wanted = world.current ?? sessionStorage.getItem("channel");
    world.current = null;
  }

  /** Open what is wanted: where one was before, else what the address names, else a first channel. */
  arrive() {
    const { channels } = this.#page.world;
    const all = [...channels.values()];
    const named = new URLSearchParams(location.search).get("in");
    const first = channels.get(this.#wanted)
      ?? all.find((each) => named && (each.name === named || (named === "dm" && each.kind === "direct")))
      ?? all.find((each) => each.server && !each.nsfw)
      ?? all[0];
    this.#wanted = null;
    this.open(first.id);
  }

  goTo(channel, message) {
    const { world, log } = this.#page;
    if (!world.channels.has(channel)) {
      this.#page.say("You cannot see that channel.");
    } else if (channel === world.current) {
      if (message) log.goTo(message);
    } else {
      this.#sought = message;
      this.open(channel);
    }
  }

  open(id) {
    const { world, log, side } = this.#page;
    const channel = world.channels.get(id);
    world.current = id;
    sessionStorage.setItem("channel", id);
    this.#parts.title.textContent = this.label;
    document.body.dataset.kind = channel.kind;
    side.read(id);
    const isClosed = channel.nsfw && sessionStorage.getItem(this.#ageKey) === null;
    this.#parts.gate.hidden = !isClosed;
    this.#parts.log.hidden = isClosed;
    this.#parts.composer.hidden = isClosed;
    log.show([], false, this.label);
    if (isClosed) this.#shut(id);
    else this.#enter(channel);
  }

  /** Its messages have come. */
  show(message) {
    const { log, side } = this.#page;
    log.show(message.messages, message.more, this.label);
    side.read(message.channel);
    const sought = this.#sought;
    this.#sought = null;
    if (sought) log.goTo(sought);
  }

  #enter(channel) {
    const { world, composer } = this.#page;
    const seat = `${world.you} ${channel.id}`;
    composer.enter(channel, seat !== this.#seat); // what is being written survives a lost connection
    this.#seat = seat;
    this.#page.send({ type: "open", channel: channel.id });
    if (!matchMedia("(pointer: coarse)").matches && !document.querySelector("dialog[open]")) composer.focus();
  }

  get #ageKey() {
    return `of-age ${this.#page.world.you}`;
  }

  /** Before an age-restricted channel each person is asked once. */
  #shut(id) {
    const { world } = this.#page;
    this.#parts.gate.replaceChildren(
      make("h2", {}, "This channel is age-restricted"),
      make("p", {}, "What is posted here is for adults. Are you of age?"),
      button("Take me back", () => this.#page.enter([...world.channels.values()].find((each) => !each.nsfw).id), { class: "button secondary" }), " ",
      button("I am: go on", () => {
        sessionStorage.setItem(this.#ageKey, "yes");
        this.open(id);
      }, { class: "button danger" }));
  }
}
